/**
 * What the project's subscription to Event Streams has, by the version of each event's schema. A version is
 * fixed, because the newest one may have another shape.
 *
 * @see https://www.twilio.com/docs/events/event-types
 * @module
 */

/** The schema version of each event type. */
export const EVENT_TYPES: Record<string, number> = {
  "com.twilio.messaging.message.sent": 8,
  "com.twilio.messaging.message.delivered": 8,
  "com.twilio.messaging.message.undelivered": 8,
  "com.twilio.messaging.message.failed": 8,
  "com.twilio.messaging.message.read": 8,
  "com.twilio.messaging.inbound-message.received": 6,
  "com.twilio.error-logs.error.logged": 2,
};
