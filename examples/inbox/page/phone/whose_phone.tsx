/**
 * The choice of the phone's owner, the channel, and the profile name on WhatsApp.
 *
 * @module
 */
import { splitAddress } from "../../../../supabase/functions/_shared/twilio/channel_address.ts";
import type { Recruit } from "../../settings.ts";
import { ChannelSwitch } from "./channel_switch.tsx";
import { ANOTHER, channelOf, type Choice } from "./phone_in_hand.ts";

interface WhosePhoneProps {
  choice: Choice;
  recruits: Recruit[];
  profileName: string;
  onChoice(changed: Partial<Choice>): void;
  onProfileName(name: string): void;
}

/** The head of the phone's panel. */
export function WhosePhone(
  { choice, recruits, profileName, onChoice, onProfileName }: WhosePhoneProps,
) {
  const { chosen, typedNumber, channel } = choice;
  const choose = (chosen: string) =>
    onChoice(chosen === ANOTHER ? { chosen } : { chosen, channel: channelOf(chosen) });
  return (
    <header class="panel-header">
      <h2 id="phone-title">The recruit’s phone</h2>
      <ChannelSwitch channel={channel} onChannel={(channel) => onChoice({ channel })} />
      <div class="who">
        <select
          aria-label="Whose phone"
          value={chosen}
          onChange={(event) => choose(event.currentTarget.value)}
        >
          {recruits.map(({ name, phone }) => (
            <option key={phone} value={phone}>
              {name} · {splitAddress(phone).address}
            </option>
          ))}
          <option value={ANOTHER}>Another number …</option>
        </select>
        {chosen === ANOTHER
          ? (
            <input
              type="tel"
              aria-label="The recruit’s number"
              placeholder="+15550100050"
              value={typedNumber}
              onInput={(event) => onChoice({ typedNumber: event.currentTarget.value })}
            />
          )
          : null}
        {channel === "whatsapp"
          ? (
            <label class="profile">
              Profile name
              <input
                type="text"
                maxLength={200}
                value={profileName}
                onInput={(event) => onProfileName(event.currentTarget.value)}
              />
            </label>
          )
          : null}
      </div>
    </header>
  );
}
