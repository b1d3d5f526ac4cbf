/**
 * From the header block of a script to a reply (RFC 3875 §6.2).
 *
 * @module
 */

import { NO_BODY } from "../http/body.ts";
import { transformContent } from "../http/content.ts";
import { type Fields, fieldValue } from "../http/field.ts";
import type { Reply } from "../http/reply.ts";
import { errorReply } from "../pages/error_page.ts";
import type { Content } from "../ports.ts";
import type { Conversation, Outcome, ScriptSite } from "./call.ts";
import {
  codedFields,
  conditionDocument,
  documentCoding,
  notModifiedFields,
} from "./document.ts";
import { invalidReply } from "./failure.ts";
import type { HeaderBlock } from "./header_block.ts";
import { abandon, discard, scriptContent } from "./output.ts";
import {
  isWithoutContent,
  parseHeaderBlock,
  type ScriptResponse,
} from "./response.ts";

type Document = ScriptResponse & { kind: "document" };

/**
 * What a script leads to.
 *
 * @param block The header block.
 * @param conversation The request, and the script that answers it.
 * @param site What is served, and how.
 * @returns The reply, or the request to answer instead.
 */
export async function answerOf(
  block: HeaderBlock,
  conversation: Conversation,
  site: ScriptSite,
): Promise<Outcome> {
  const { script, running, reader } = conversation;
  if (block.kind === "none") return await invalid(block.reason, conversation);
  const response = parseHeaderBlock(block.text, script.nonParsed);
  switch (response.kind) {
    case "malformed":
      return await invalid(response.reason, conversation);
    case "local-redirect": {
      const { location, cookies } = response;
      discard(reader, running);
      await running.exited(); // its place may be needed
      return { kind: "redirect", location, cookies };
    }
    case "document": {
      let { first } = block;
      if (response.content === "forbidden") {
        if (first.length === 0) first = (await reader.read()).value ?? first;
        if (first.length > 0) return await invalid(UNTYPED, conversation);
      }
      const reply = documentReply(response, first, conversation, site);
      return { kind: "reply", reply };
    }
  }
}

const UNTYPED = "there is content, but no Content-Type field";

async function invalid(
  reason: string,
  { script, running, reader }: Conversation,
): Promise<Outcome> {
  discard(reader, running);
  await running.silent(); // so that the log has its complaints first
  abandon(reader, running);
  return { kind: "reply", reply: invalidReply(script, reason) };
}

function documentReply(
  document: Document,
  first: Uint8Array<ArrayBuffer>,
  conversation: Conversation,
  site: ScriptSite,
): Reply {
  const { running, reader, request } = conversation;
  const { status, fields, content } = document;
  const bare = (status: number, fields: Fields): Reply => {
    discard(reader, running);
    return { status, fields, body: NO_BODY };
  };
  switch (conditionDocument(document, request, site.clock.now())) {
    case "failed":
      discard(reader, running);
      return errorReply(412);
    case "not-modified":
      return bare(304, notModifiedFields(fields));
    case "proceed":
      return isWithoutContent(status) || content !== "allowed"
        ? bare(status, withoutLength(fields))
        : streamReply(document, first, conversation, site);
  }
}

function withoutLength(fields: Fields): Fields {
  return fields.filter(([name]) => !/^content-length$/i.test(name));
}

function streamReply(
  document: Document,
  first: Uint8Array<ArrayBuffer>,
  { running, reader, request }: Conversation,
  { cgi, coder }: ScriptSite,
): Reply {
  const { status, fields } = document;
  const named = fieldValue(fields, "content-length");
  const length = named === undefined ? undefined : Number(named);
  const output = { first, reader, length, isError: status >= 400 };
  const coding = cgi.compress ? documentCoding(document, request) : undefined;
  const open = (): Content => {
    const content = scriptContent(output, running);
    return coding === undefined
      ? content
      : transformContent(content, coder.encoder(coding));
  };
  return {
    status,
    fields: coding === undefined ? fields : codedFields(fields, coding),
    body: { kind: "stream", open, discard: () => discard(reader, running) },
  };
}
