/**
 * The messages of the chosen phone.
 *
 * @module
 */
import { useEffect, useRef, useState } from "preact/hooks";
import type { PhoneMessage } from "../../../../local/stand_ins/twilio/phone.ts";
import type { PhoneLine } from "./phone_line.ts";

/** The interval between two reads, in ms. The stand-in pushes nothing to the page. */
const READ_EVERY_MS = 700;

/** A phone's messages. */
export interface Messages {
  /** The messages, the oldest first; undefined before the first read. */
  list: PhoneMessage[] | undefined;
  /** Whether the last read succeeded. */
  isReachable: boolean;
  /** Reads now. */
  read(): void;
}

/** Reads a phone's messages regularly, as long as the phone is chosen. */
export function useMessages(line: PhoneLine, phone: string | undefined): Messages {
  const [known, setKnown] = useState<{ phone: string; list: PhoneMessage[] }>();
  const [isReachable, setReachable] = useState(true);
  const read = useRef(() => {});
  useEffect(() => {
    if (!phone) return;
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let seen = "";
    read.current = async () => {
      clearTimeout(timer);
      try {
        const list = await line.messages(phone);
        // An unchanged list must not render the page again.
        if (!isOver && JSON.stringify(list) !== seen) setKnown({ phone, list });
        seen = JSON.stringify(list);
        if (!isOver) setReachable(true);
      } catch {
        if (!isOver) setReachable(false);
      }
      clearTimeout(timer);
      if (!isOver) timer = setTimeout(read.current, READ_EVERY_MS);
    };
    read.current();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [line, phone]);
  return {
    list: known?.phone === phone ? known?.list : undefined,
    isReachable,
    read: () => read.current(),
  };
}
