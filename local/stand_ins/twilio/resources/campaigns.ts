/**
 * The UsAppToPerson resource of a Messaging Service: the campaign by which carriers in the US know what
 * its numbers are for.
 *
 * @see https://www.twilio.com/docs/messaging/api/usapptoperson-resource
 * @module
 */
import type { TwilioAccount } from "../account.ts";
import { newSid } from "../message_log.ts";
import openapi from "../messaging_services_openapi.json" with { type: "json" };
import { checkQuery } from "../openapi.ts";
import type { PageParameters } from "../paging.ts";
import type { MessagingService } from "./messaging_services.ts";
import { get, noParameters, type Operation } from "./operation.ts";
import { asIsoSeconds, createdNow, type Resource, type ResourceList } from "./resource_list.ts";

/** The states of a campaign. */
export const CAMPAIGN_STATUSES = ["PENDING", "IN_PROGRESS", "VERIFIED", "FAILED"] as const;

/** A campaign. */
export interface Campaign extends Resource {
  status: typeof CAMPAIGN_STATUSES[number];
  /** The reasons of a failed one. */
  errors: CampaignError[];
}

/** A reason for which a campaign failed. */
export interface CampaignError {
  /** Twilio's code, such as 30909. */
  error_code: number;
  /** The parameters that it is about, such as `MESSAGE_FLOW`. */
  fields: string[];
  description: string;
}

const ALL = "/v1/Services/{MessagingServiceSid}/Compliance/Usa2p";
const ONE = "/v1/Services/{MessagingServiceSid}/Compliance/Usa2p/{Sid}";

const checkList = checkQuery<PageParameters>(openapi, openapi.paths[ALL].get);

/** Makes a campaign. */
export function newCampaign(status: Campaign["status"], errors: CampaignError[] = []): Campaign {
  return { sid: newSid("QE"), ...createdNow(), status, errors };
}

/** The operations of the campaigns. Twilio, and not the API, decides about their status. */
export function campaignOperations(
  { accountSid }: TwilioAccount,
  services: ResourceList<MessagingService>,
): Operation[] {
  return [
    get(ALL, checkList, ({ path, call, parameters, origin }) => {
      const service = services.get(path.MessagingServiceSid, call.path);
      return service.campaigns.metaPage(
        "compliance",
        parameters,
        origin + call.path,
        (campaign) => campaignResource(campaign, service, accountSid, origin),
      );
    }),
    get(ONE, noParameters, ({ path, call, origin }) => {
      const service = services.get(path.MessagingServiceSid, call.path);
      const campaign = service.campaigns.get(path.Sid, call.path);
      return campaignResource(campaign, service, accountSid, origin);
    }),
  ];
}

function campaignResource(
  { sid, status, errors, dateCreated, dateUpdated }: Campaign,
  service: MessagingService,
  accountSid: string,
  origin: string,
) {
  return {
    sid,
    account_sid: accountSid,
    brand_registration_sid: `BN${"0".repeat(32)}`,
    messaging_service_sid: service.sid,
    description: "Answers to people who apply for a job",
    message_samples: ["Thanks for applying. Reply STOP to opt out."],
    us_app_to_person_usecase: "CUSTOMER_CARE",
    has_embedded_links: false,
    has_embedded_phone: false,
    subscriber_opt_in: true,
    age_gated: false,
    direct_lending: false,
    campaign_status: status,
    campaign_id: status === "VERIFIED" ? "C000001" : null,
    is_externally_registered: false,
    rate_limits: null,
    message_flow: "Recruits text the number that a job advertisement names",
    opt_in_message: null,
    opt_out_message: null,
    help_message: null,
    opt_in_keywords: ["START"],
    opt_out_keywords: ["STOP"],
    help_keywords: ["HELP"],
    date_created: asIsoSeconds(dateCreated),
    date_updated: asIsoSeconds(dateUpdated),
    url: `${origin}/v1/Services/${service.sid}/Compliance/Usa2p/${sid}`,
    mock: false,
    errors,
  };
}
