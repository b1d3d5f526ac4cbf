/**
 * POST of a form (RFC 7578): the files of a page, or of `curl -F`, and text that was pasted.
 *
 * @module
 */

import { namesHtml } from "../http/accept.ts";
import type { Reply } from "../http/reply.ts";
import { shownText } from "../pages/error_form.ts";
import { errorReply } from "../pages/error_page.ts";
import { pluralize } from "../pages/quantity.ts";
import { SENT_ID } from "../pages/upload_form.ts";
import type { FoundBelow } from "../ports/files.ts";
import { createdReply, pathOf, seeOtherReply } from "./answers.ts";
import { createMeter, diskFullReply, type Meter } from "./budget.ts";
import {
  cutReply,
  fill,
  isNoSpace,
  openContent,
  type Read,
} from "./sent_content.ts";
import {
  deniedReply,
  findDestination,
  makeMissing,
  type Refused,
  refused,
} from "./destination.ts";
import { claim } from "./incoming.ts";
import { type FormPart, readParts } from "./multipart.ts";
import { publish, type Published } from "./publish.ts";
import { busyReply } from "./put.ts";
import type { Upload } from "./state.ts";

const FORM_REGEXP = /^multipart\/form-data[ \t]*;.*\bboundary=/is;
/** The field of pasted text. */
const TEXT_FIELD = "text";

/** Receives the files of a form into the directory that names lead to. */
export async function post(
  folder: readonly string[],
  upload: Upload,
): Promise<Reply> {
  const { request, state } = upload;
  const type = request.headers.get("content-type") ?? "";
  if (!FORM_REGEXP.test(type)) {
    return refused(415, "Send a form: multipart/form-data").reply;
  }
  const destination = await findDestination([...folder, "any"], upload);
  if (destination.kind === "refused") return destination.reply;
  const leave = state.enter();
  if (leave === undefined) return busyReply();
  const sent = openContent(request.body);
  try {
    return await receiveForm(readParts(sent.read, type), folder, upload);
  } catch (error) {
    if (isNoSpace(error)) return diskFullReply();
    if (error instanceof FormError) return cutReply(sent.cut());
    throw error;
  } finally {
    sent.close();
    leave();
  }
}

/** A form that is malformed, or has not come to its end. */
class FormError extends Error {}

async function receiveForm(
  parts: AsyncGenerator<FormPart>,
  folder: readonly string[],
  upload: Upload,
): Promise<Reply> {
  const { context: { site }, request } = upload;
  const paths: string[] = [];
  try {
    for (;;) {
      const { value: part } = await nextPart(parts);
      if (part === undefined) break;
      const result = await receivePart(part, folder, upload);
      if (result === undefined) continue;
      if (result.kind === "refused") {
        return inForm(result.reply, part, paths.length);
      }
      paths.push(pathOf(result.names, site));
    }
  } finally {
    await parts.return(undefined);
  }
  if (namesHtml(request.headers.get("accept"))) {
    const page = pathOf(folder, site, true);
    return seeOtherReply(paths.length > 0 ? `${page}#${SENT_ID}` : page);
  }
  return paths.length > 0
    ? createdReply(paths, request)
    : refused(400, "There are no files in the form").reply;
}

async function nextPart(
  parts: AsyncGenerator<FormPart>,
): Promise<IteratorResult<FormPart, undefined>> {
  try {
    return await parts.next();
  } catch (error) {
    throw new FormError("The form cannot be read", { cause: error });
  }
}

/** Which file of a form is refused; what came before it stays: each is whole. */
function inForm(
  { status, message, explain, error, fields }: Reply,
  part: FormPart,
  storedCount: number,
): Reply {
  const sentences = [
    explain ?? "",
    ...part.kind === "file"
      ? [`The file is "${shownText(part.filename)}"`]
      : [],
    ...storedCount > 0
      ? [`${pluralize(storedCount, "file")} before it arrived`]
      : [],
  ];
  return errorReply(status, {
    message,
    explain: sentences.join(". "),
    error,
    // The others are those of its page, which is made anew.
    fields: fields.filter(([name]) => name === "Retry-After"),
  });
}

/** Stores a file, or pasted text; `undefined` for what is none. */
async function receivePart(
  part: FormPart,
  folder: readonly string[],
  upload: Upload,
): Promise<Published | Refused | undefined> {
  if (part.kind === "file") {
    const names = part.filename.split("/")
      .filter((name) => name !== "" && name !== ".");
    return names.length > 0
      ? await receiveFile([...folder, ...names], part.read, upload)
      : await skipNameless(part.read);
  }
  if (part.name !== TEXT_FIELD || part.value === "") return undefined;
  if (part.isCut) {
    return refused(413, "The text is too long: send it as a file");
  }
  const names = [...folder, pastedName(upload)];
  return await receiveFile(names, readText(part.value), upload);
}

/** Browsers send such a part where nobody has chosen a file. */
async function skipNameless(read: Read): Promise<Refused | undefined> {
  const bytes = await read().catch(() => undefined);
  return bytes === undefined
    ? undefined
    : refused(400, "A file in the form has no name");
}

/** With the time in UTC, without colons, which Windows does not allow. */
function pastedName({ context: { site: { clock } } }: Upload): string {
  const time = new Date(clock.now()).toISOString();
  return `pasted ${
    time.slice(0, 19).replace("T", " ").replaceAll(":", ".")
  }.txt`;
}

function readText(text: string): Read {
  const chunks = [new TextEncoder().encode(text)];
  return () => Promise.resolve(chunks.shift());
}

async function receiveFile(
  names: readonly string[],
  read: Read,
  upload: Upload,
): Promise<Published | Refused> {
  const { policy, state } = upload;
  const destination = await findDestination(names, upload);
  if (destination.kind === "refused") return destination;
  const { path } = destination.directory;
  const expected = { first: 0, length: undefined, total: undefined, path };
  const meter = await createMeter(expected, policy, state.budget);
  if ("status" in meter) return { kind: "refused", reply: meter };
  try {
    const directory = await makeMissing(destination, upload);
    if ("kind" in directory) return directory;
    return await receiveInto(directory, names, read, meter, upload);
  } finally {
    meter.end(0);
  }
}

async function receiveInto(
  directory: FoundBelow,
  names: readonly string[],
  read: Read,
  meter: Meter,
  upload: Upload,
): Promise<Published | Refused> {
  const { policy: { receiving } } = upload;
  const { name, release } = await claim(directory, undefined, false, upload);
  const incoming = await receiving.open(directory, name, "create");
  if (incoming === undefined) {
    release();
    return { kind: "refused", reply: deniedReply() };
  }
  try {
    const filled = await fill(incoming, read, meter);
    if (filled.kind === "cut") throw new FormError("The form has no end");
    const result = filled.kind === "refused"
      ? filled
      : await publish(incoming, directory, names, upload);
    if (result.kind === "published") meter.end(Infinity);
    else await incoming.discard();
    return result;
  } catch (error) {
    await incoming.discard();
    throw error;
  } finally {
    release();
  }
}
