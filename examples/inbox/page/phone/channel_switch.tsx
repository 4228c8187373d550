/**
 * The choice of the channel: SMS or WhatsApp.
 *
 * @module
 */
import type { PhoneChannel } from "../../settings.ts";

const LABELS: Record<PhoneChannel, string> = { sms: "SMS", whatsapp: "WhatsApp" };

interface ChannelSwitchProps {
  channel: PhoneChannel;
  onChannel(channel: PhoneChannel): void;
}

/** A button for each channel; the chosen one is pressed. */
export function ChannelSwitch({ channel, onChannel }: ChannelSwitchProps) {
  return (
    <div class="switch" role="group" aria-label="Channel">
      {(["sms", "whatsapp"] as const).map((name) => (
        <button
          key={name}
          type="button"
          aria-pressed={name === channel}
          onClick={() => onChannel(name)}
        >
          {LABELS[name]}
        </button>
      ))}
    </div>
  );
}
