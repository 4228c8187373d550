/**
 * The messages of the phone that is in hand.
 *
 * @module
 */
import { useEffect, useRef, useState } from "preact/hooks";
import type { PhoneMessage } from "../../../../local/twilio/phone.ts";
import type { PhoneLine } from "./phone_line.ts";

/** A phone rings by itself; the stand-in has to be asked, every so many ms. */
const ASK_EVERY_MS = 700;

/** What is known of a phone. */
export interface Messages {
  /** Nothing before the first answer. */
  list: PhoneMessage[] | undefined;
  isReachable: boolean;
  /** Asks at once. */
  ask(): void;
}

/** Asks for a phone's messages as long as it is in hand. */
export function useMessages(line: PhoneLine, phone: string | undefined): Messages {
  const [known, setKnown] = useState<{ phone: string; list: PhoneMessage[] }>();
  const [isReachable, setReachable] = useState(true);
  const ask = useRef(() => {});
  useEffect(() => {
    if (!phone) return;
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let seen = "";
    ask.current = async () => {
      clearTimeout(timer);
      try {
        const list = await line.messages(phone);
        // The same again must not draw anything anew.
        if (!isOver && JSON.stringify(list) !== seen) setKnown({ phone, list });
        seen = JSON.stringify(list);
        if (!isOver) setReachable(true);
      } catch {
        if (!isOver) setReachable(false);
      }
      clearTimeout(timer);
      if (!isOver) timer = setTimeout(ask.current, ASK_EVERY_MS);
    };
    ask.current();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [line, phone]);
  return {
    list: known?.phone === phone ? known?.list : undefined,
    isReachable,
    ask: () => ask.current(),
  };
}
