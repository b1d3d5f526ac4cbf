/**
 * Names that editors give to files beside those that they save.
 *
 * @module
 */

/**
 * Vim: `.f.swp`, `4913` (may the directory be written to?) and `f~`; Emacs: `.#f`, `#f#`; `sed -i`:
 * `sedAb3dEf`; JetBrains: `f___jb_tmp___`; GNOME: `.goutputstream-AB3DEF`; Kate: `.f.kate-swp`.
 */
const TEMPORARY_REGEXP =
  /^\..*\.sw[a-z]$|^4913$|~$|^\.#|^#.*#$|^sed[\dA-Za-z]{6}$|___jb_(?:tmp|old)___$|^\.goutputstream-|\.kate-swp$/;

/** Whether a file of this name comes and goes while another is saved. */
export function isTemporaryName(name: string): boolean {
  return TEMPORARY_REGEXP.test(name);
}
