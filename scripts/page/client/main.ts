/**
 * The script of the page of a listing. It runs in the head, before there is a body.
 *
 * @module
 */

import { startFilter } from "./filter.ts";
import { restoreView, startGrid } from "./grid.ts";
import { startHelp } from "./help.ts";
import { startKeys } from "./keys.ts";
import { startPictures } from "./pictures.ts";
import { startPlace } from "./place.ts";
import { startSelection } from "./selection.ts";
import { startTimes } from "./times.ts";
import { startViewer } from "./viewer.ts";

restoreView();
startPictures();
document.addEventListener("DOMContentLoaded", () => {
  const parts = [
    startFilter,
    startSelection,
    startPlace,
    startKeys,
    startGrid,
    startHelp,
    startViewer,
    startTimes,
  ];
  for (const start of parts) {
    try {
      start();
    } catch (error) {
      // The page works without this part; the others are started.
      reportError(error);
    }
  }
});
