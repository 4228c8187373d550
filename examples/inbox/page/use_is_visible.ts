/**
 * Whether a person can see a part of the page.
 *
 * @module
 */
import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";

/**
 * Watches an element.
 *
 * @returns False while it is hidden, as on a narrow screen that shows another panel, and while the
 *   browser shows another tab.
 */
export function useIsVisible(element: RefObject<Element | null>): boolean {
  const [isShown, setShown] = useState(false);
  const [isInFront, setInFront] = useState(!document.hidden);
  useEffect(() => {
    const observer = new IntersectionObserver((entries) =>
      setShown(entries.at(-1)?.isIntersecting ?? false)
    );
    if (element.current) observer.observe(element.current);
    const onChange = () => setInFront(!document.hidden);
    document.addEventListener("visibilitychange", onChange);
    return () => {
      observer.disconnect();
      document.removeEventListener("visibilitychange", onChange);
    };
  }, []);
  return isShown && isInFront;
}
