
export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[]

export type Database = {
  
  "public": {
          Tables: {
            "recruiting_agents": {
                  Row: {
                    "display_name": string,"is_available": boolean,"user_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "display_name": string,"is_available"?: boolean,"user_id": string
                  }
                  Update: {
                    "display_name"?: string,"is_available"?: boolean,"user_id"?: string
                  }
                  Relationships: [
                    
                  ]
                },"recruiting_consent_events": {
                  Row: {
                    "channel": Database["public"]['Enums']["recruiting_channel"],"evidence": string | null,"id": string,"kind": Database["public"]['Enums']["recruiting_consent_kind"],"message_sid": string | null,"occurred_at": string,"phone": string,"recorded_at": string,"source": Database["public"]['Enums']["recruiting_consent_source"],"twilio_phone": string | null
                  }
                  ComputedFields: never
                  Insert: {
                    "channel": Database["public"]['Enums']["recruiting_channel"],"evidence"?: string | null,"id"?: string,"kind": Database["public"]['Enums']["recruiting_consent_kind"],"message_sid"?: string | null,"occurred_at": string,"phone": string,"recorded_at"?: string,"source": Database["public"]['Enums']["recruiting_consent_source"],"twilio_phone"?: string | null
                  }
                  Update: {
                    "channel"?: Database["public"]['Enums']["recruiting_channel"],"evidence"?: string | null,"id"?: string,"kind"?: Database["public"]['Enums']["recruiting_consent_kind"],"message_sid"?: string | null,"occurred_at"?: string,"phone"?: string,"recorded_at"?: string,"source"?: Database["public"]['Enums']["recruiting_consent_source"],"twilio_phone"?: string | null
                  }
                  Relationships: [
                    
                  ]
                },"recruiting_contact_phones": {
                  Row: {
                    "canonical": string,"contact_id": string,"label": string | null,"phone": string
                  }
                  ComputedFields: never
                  Insert: {
                    "canonical"?: never,"contact_id": string,"label"?: string | null,"phone": string
                  }
                  Update: {
                    "canonical"?: never,"contact_id"?: string,"label"?: string | null,"phone"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "recruiting_contact_phones_contact_id_fkey"
      columns: ["contact_id"]
isOneToOne: false
      referencedRelation: "recruiting_contacts"
      referencedColumns: ["id"]
    }
                  ]
                },"recruiting_contacts": {
                  Row: {
                    "alert_subscription_id": string | null,"created_at": string,"external_id": string,"id": string,"linkedin_url": string | null,"metadata": NonNullable<Json>,"name": string | null,"profile": Json | null,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "alert_subscription_id"?: string | null,"created_at"?: string,"external_id": string,"id"?: string,"linkedin_url"?: string | null,"metadata"?: NonNullable<Json>,"name"?: string | null,"profile"?: Json | null,"updated_at"?: string
                  }
                  Update: {
                    "alert_subscription_id"?: string | null,"created_at"?: string,"external_id"?: string,"id"?: string,"linkedin_url"?: string | null,"metadata"?: NonNullable<Json>,"name"?: string | null,"profile"?: Json | null,"updated_at"?: string
                  }
                  Relationships: [
                    
                  ]
                },"recruiting_conversations": {
                  Row: {
                    "answer_phone": string | null,"assigned_agent_id": string | null,"canonical_phone": string,"channel": Database["public"]['Enums']["recruiting_channel"],"created_at": string,"escalated_at": string | null,"escalation_reason": string | null,"id": string,"last_message_at": string,"last_seq": number,"opted_out_at": string | null,"recruit_name": string | null,"recruit_phone": string,"reply_due_at": string | null,"reply_pending_seq": number | null,"reply_pending_since": string | null,"revoked_seq": number,"status": Database["public"]['Enums']["recruiting_conversation_status"],"status_seq": number,"turn_attempts": number,"turn_expires_at": string | null,"turn_token": string | null,"twilio_phone": string,"updated_at": string,"waiting_since": string | null
                  }
                  ComputedFields: never
                  Insert: {
                    "answer_phone"?: string | null,"assigned_agent_id"?: string | null,"canonical_phone"?: never,"channel"?: Database["public"]['Enums']["recruiting_channel"],"created_at"?: string,"escalated_at"?: string | null,"escalation_reason"?: string | null,"id"?: string,"last_message_at"?: string,"last_seq"?: number,"opted_out_at"?: string | null,"recruit_name"?: string | null,"recruit_phone": string,"reply_due_at"?: string | null,"reply_pending_seq"?: number | null,"reply_pending_since"?: string | null,"revoked_seq"?: number,"status"?: Database["public"]['Enums']["recruiting_conversation_status"],"status_seq"?: number,"turn_attempts"?: number,"turn_expires_at"?: string | null,"turn_token"?: string | null,"twilio_phone": string,"updated_at"?: string,"waiting_since"?: string | null
                  }
                  Update: {
                    "answer_phone"?: string | null,"assigned_agent_id"?: string | null,"canonical_phone"?: never,"channel"?: Database["public"]['Enums']["recruiting_channel"],"created_at"?: string,"escalated_at"?: string | null,"escalation_reason"?: string | null,"id"?: string,"last_message_at"?: string,"last_seq"?: number,"opted_out_at"?: string | null,"recruit_name"?: string | null,"recruit_phone"?: string,"reply_due_at"?: string | null,"reply_pending_seq"?: number | null,"reply_pending_since"?: string | null,"revoked_seq"?: number,"status"?: Database["public"]['Enums']["recruiting_conversation_status"],"status_seq"?: number,"turn_attempts"?: number,"turn_expires_at"?: string | null,"turn_token"?: string | null,"twilio_phone"?: string,"updated_at"?: string,"waiting_since"?: string | null
                  }
                  Relationships: [
                    
                  ]
                },"recruiting_message_events": {
                  Row: {
                    "error_code": string | null,"error_message": string | null,"event": string | null,"message_sid": string,"payload": NonNullable<Json>,"received_at": string,"twilio_status": string,"was_fetched": boolean
                  }
                  ComputedFields: never
                  Insert: {
                    "error_code"?: string | null,"error_message"?: string | null,"event"?: string | null,"message_sid": string,"payload"?: NonNullable<Json>,"received_at"?: string,"twilio_status": string,"was_fetched"?: boolean
                  }
                  Update: {
                    "error_code"?: string | null,"error_message"?: string | null,"event"?: string | null,"message_sid"?: string,"payload"?: NonNullable<Json>,"received_at"?: string,"twilio_status"?: string,"was_fetched"?: boolean
                  }
                  Relationships: [
                    
                  ]
                },"recruiting_messages": {
                  Row: {
                    "agent_id": string | null,"answers_seq": number | null,"attention_since": string | null,"begun_at": string | null,"body": string,"confirm_due_at": string | null,"confirm_token": string | null,"content_sid": string | null,"content_variables": Json | null,"conversation_id": string,"created_at": string,"delivered_at": string | null,"direction": Database["public"]['Enums']["recruiting_direction"],"error_code": string | null,"error_message": string | null,"failed_at": string | null,"id": string,"idempotency_key": string | null,"media": NonNullable<Json>,"media_attempts": number | null,"media_due_at": string | null,"media_token": string | null,"message_sid": string | null,"metadata": Json | null,"not_found_at": string | null,"num_media": number | null,"num_segments": number | null,"outbox_kind": Database["public"]['Enums']["recruiting_outbox_kind"] | null,"read_at": string | null,"reply_wait": string | null,"sender_type": Database["public"]['Enums']["recruiting_sender_type"],"sent_at": string | null,"seq": number,"status": Database["public"]['Enums']["recruiting_message_status"],"status_check_at": string | null,"to_phone": string | null,"verdict": Database["public"]['Enums']["recruiting_verdict"] | null
                  }
                  ComputedFields: never
                  Insert: {
                    "agent_id"?: string | null,"answers_seq"?: number | null,"attention_since"?: string | null,"begun_at"?: string | null,"body"?: string,"confirm_due_at"?: string | null,"confirm_token"?: string | null,"content_sid"?: string | null,"content_variables"?: Json | null,"conversation_id": string,"created_at"?: string,"delivered_at"?: string | null,"direction": Database["public"]['Enums']["recruiting_direction"],"error_code"?: string | null,"error_message"?: string | null,"failed_at"?: string | null,"id"?: string,"idempotency_key"?: string | null,"media"?: NonNullable<Json>,"media_attempts"?: number | null,"media_due_at"?: string | null,"media_token"?: string | null,"message_sid"?: string | null,"metadata"?: Json | null,"not_found_at"?: string | null,"num_media"?: number | null,"num_segments"?: number | null,"outbox_kind"?: Database["public"]['Enums']["recruiting_outbox_kind"] | null,"read_at"?: string | null,"reply_wait"?: string | null,"sender_type": Database["public"]['Enums']["recruiting_sender_type"],"sent_at"?: string | null,"seq": number,"status": Database["public"]['Enums']["recruiting_message_status"],"status_check_at"?: string | null,"to_phone"?: string | null,"verdict"?: Database["public"]['Enums']["recruiting_verdict"] | null
                  }
                  Update: {
                    "agent_id"?: string | null,"answers_seq"?: number | null,"attention_since"?: string | null,"begun_at"?: string | null,"body"?: string,"confirm_due_at"?: string | null,"confirm_token"?: string | null,"content_sid"?: string | null,"content_variables"?: Json | null,"conversation_id"?: string,"created_at"?: string,"delivered_at"?: string | null,"direction"?: Database["public"]['Enums']["recruiting_direction"],"error_code"?: string | null,"error_message"?: string | null,"failed_at"?: string | null,"id"?: string,"idempotency_key"?: string | null,"media"?: NonNullable<Json>,"media_attempts"?: number | null,"media_due_at"?: string | null,"media_token"?: string | null,"message_sid"?: string | null,"metadata"?: Json | null,"not_found_at"?: string | null,"num_media"?: number | null,"num_segments"?: number | null,"outbox_kind"?: Database["public"]['Enums']["recruiting_outbox_kind"] | null,"read_at"?: string | null,"reply_wait"?: string | null,"sender_type"?: Database["public"]['Enums']["recruiting_sender_type"],"sent_at"?: string | null,"seq"?: number,"status"?: Database["public"]['Enums']["recruiting_message_status"],"status_check_at"?: string | null,"to_phone"?: string | null,"verdict"?: Database["public"]['Enums']["recruiting_verdict"] | null
                  }
                  Relationships: [
                    {
      foreignKeyName: "recruiting_messages_conversation_id_fkey"
      columns: ["conversation_id"]
isOneToOne: false
      referencedRelation: "recruiting_contact_timeline"
      referencedColumns: ["conversation_id"]
    },{
      foreignKeyName: "recruiting_messages_conversation_id_fkey"
      columns: ["conversation_id"]
isOneToOne: false
      referencedRelation: "recruiting_conversations"
      referencedColumns: ["id"]
    }
                  ]
                },"recruiting_opt_outs": {
                  Row: {
                    "message_sid": string | null,"opted_out_at": string,"reason": string,"recruit_phone": string,"twilio_phone": string | null
                  }
                  ComputedFields: never
                  Insert: {
                    "message_sid"?: string | null,"opted_out_at"?: string,"reason": string,"recruit_phone": string,"twilio_phone"?: string | null
                  }
                  Update: {
                    "message_sid"?: string | null,"opted_out_at"?: string,"reason"?: string,"recruit_phone"?: string,"twilio_phone"?: string | null
                  }
                  Relationships: [
                    
                  ]
                },"recruiting_profile_alerts": {
                  Row: {
                    "changed": NonNullable<Json>,"contact_id": string,"id": string,"received_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "changed": NonNullable<Json>,"contact_id": string,"id"?: string,"received_at"?: string
                  }
                  Update: {
                    "changed"?: NonNullable<Json>,"contact_id"?: string,"id"?: string,"received_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "recruiting_profile_alerts_contact_id_fkey"
      columns: ["contact_id"]
isOneToOne: false
      referencedRelation: "recruiting_contacts"
      referencedColumns: ["id"]
    }
                  ]
                },"recruiting_senders": {
                  Row: {
                    "address": string,"bot_instructions": string,"channel": Database["public"]['Enums']["recruiting_channel"],"display_name": string,"handover_text": string | null,"strangers": Database["public"]['Enums']["recruiting_strangers"],"voice_text": string | null
                  }
                  ComputedFields: never
                  Insert: {
                    "address": string,"bot_instructions"?: string,"channel"?: Database["public"]['Enums']["recruiting_channel"],"display_name"?: string,"handover_text"?: string | null,"strangers"?: Database["public"]['Enums']["recruiting_strangers"],"voice_text"?: string | null
                  }
                  Update: {
                    "address"?: string,"bot_instructions"?: string,"channel"?: Database["public"]['Enums']["recruiting_channel"],"display_name"?: string,"handover_text"?: string | null,"strangers"?: Database["public"]['Enums']["recruiting_strangers"],"voice_text"?: string | null
                  }
                  Relationships: [
                    
                  ]
                },"recruiting_twilio_events": {
                  Row: {
                    "error_code": string | null,"id": string,"kind": Database["public"]['Enums']["recruiting_twilio_event_kind"],"level": Database["public"]['Enums']["recruiting_twilio_event_level"] | null,"occurred_at": string | null,"payload": NonNullable<Json>,"phones": (string)[],"reason": string | null,"received_at": string,"resource_sid": string | null,"type": string | null,"url": string | null
                  }
                  ComputedFields: never
                  Insert: {
                    "error_code"?: string | null,"id": string,"kind": Database["public"]['Enums']["recruiting_twilio_event_kind"],"level"?: Database["public"]['Enums']["recruiting_twilio_event_level"] | null,"occurred_at"?: string | null,"payload": NonNullable<Json>,"phones"?: (string)[],"reason"?: string | null,"received_at"?: string,"resource_sid"?: string | null,"type"?: string | null,"url"?: string | null
                  }
                  Update: {
                    "error_code"?: string | null,"id"?: string,"kind"?: Database["public"]['Enums']["recruiting_twilio_event_kind"],"level"?: Database["public"]['Enums']["recruiting_twilio_event_level"] | null,"occurred_at"?: string | null,"payload"?: NonNullable<Json>,"phones"?: (string)[],"reason"?: string | null,"received_at"?: string,"resource_sid"?: string | null,"type"?: string | null,"url"?: string | null
                  }
                  Relationships: [
                    
                  ]
                },"recruiting_unmatched_messages": {
                  Row: {
                    "asks_for": Database["public"]['Enums']["recruiting_asked_for"] | null,"body": string | null,"channel": Database["public"]['Enums']["recruiting_channel"] | null,"media": Json | null,"message_sid": string,"metadata": Json | null,"num_media": number | null,"num_segments": number | null,"payload": NonNullable<Json>,"reason": string,"received_at": string,"recruit_name": string | null,"recruit_phone": string | null,"twilio_phone": string | null,"verdict": Database["public"]['Enums']["recruiting_verdict"] | null
                  }
                  ComputedFields: never
                  Insert: {
                    "asks_for"?: Database["public"]['Enums']["recruiting_asked_for"] | null,"body"?: string | null,"channel"?: Database["public"]['Enums']["recruiting_channel"] | null,"media"?: Json | null,"message_sid": string,"metadata"?: Json | null,"num_media"?: number | null,"num_segments"?: number | null,"payload": NonNullable<Json>,"reason": string,"received_at"?: string,"recruit_name"?: string | null,"recruit_phone"?: string | null,"twilio_phone"?: string | null,"verdict"?: Database["public"]['Enums']["recruiting_verdict"] | null
                  }
                  Update: {
                    "asks_for"?: Database["public"]['Enums']["recruiting_asked_for"] | null,"body"?: string | null,"channel"?: Database["public"]['Enums']["recruiting_channel"] | null,"media"?: Json | null,"message_sid"?: string,"metadata"?: Json | null,"num_media"?: number | null,"num_segments"?: number | null,"payload"?: NonNullable<Json>,"reason"?: string,"received_at"?: string,"recruit_name"?: string | null,"recruit_phone"?: string | null,"twilio_phone"?: string | null,"verdict"?: Database["public"]['Enums']["recruiting_verdict"] | null
                  }
                  Relationships: [
                    
                  ]
                }
          }
          Views: {
            "recruiting_attention": {
                  Row: {
                    "conversation_id": string | null,"kind": Database["public"]['Enums']["recruiting_attention_kind"] | null,"reason": string | null,"since": string | null
                  }
                  ComputedFields: never
                  Relationships: [
                    
                  ]
                },"recruiting_consent_export": {
                  Row: {
                    "contact_id": string,"correlation_id": string | null,"date_of_consent": string,"sender_id": string | null,"source": string | null,"status": string | null
                  }
                  ComputedFields: never
                  Insert: {
                           "contact_id"?: string | null,"correlation_id"?: never,"date_of_consent"?: string | null,"sender_id"?: string | null,"source"?: never,"status"?: never
                         }
                        Update: {
                           "contact_id"?: string | null,"correlation_id"?: never,"date_of_consent"?: string | null,"sender_id"?: string | null,"source"?: never,"status"?: never
                         }
                        Relationships: [
                    
                  ]
                },"recruiting_contact_timeline": {
                  Row: {
                    "assigned_agent_id": string | null,"body": string,"channel": Database["public"]['Enums']["recruiting_channel"],"contact_id": string,"conversation_id": string,"conversation_status": Database["public"]['Enums']["recruiting_conversation_status"],"created_at": string,"direction": Database["public"]['Enums']["recruiting_direction"],"media": NonNullable<Json>,"message_id": string,"recruit_phone": string,"sender_type": Database["public"]['Enums']["recruiting_sender_type"],"seq": number,"status": Database["public"]['Enums']["recruiting_message_status"],"twilio_phone": string
                  }
                  ComputedFields: never
                  Relationships: [
                    {
      foreignKeyName: "recruiting_contact_phones_contact_id_fkey"
      columns: ["contact_id"]
isOneToOne: false
      referencedRelation: "recruiting_contacts"
      referencedColumns: ["id"]
    }
                  ]
                }
          }
          Functions: {
            "recruiting_agent_access":
{ Args: { "agent_id": string,"conversation_id": string }; Returns: Database["public"]['Enums']["recruiting_agent_access_kind"]
                           },
"recruiting_assign_conversation":
{ Args: { "agent_id": string,"conversation_id": string }; Returns: undefined
                           },
"recruiting_begin_log_comparison":
{ Args: { "at_once"?: boolean,"comparison_token": string,"dry_run"?: boolean,"lag_seconds"?: number,"overlap_seconds"?: number,"since"?: string,"until"?: string }; Returns: {
              "span_since": string,"span_until": string,"stored_cursor": string
            }[]
                           },
"recruiting_begin_message":
{ Args: { "agent_id"?: string,"body": string,"confirm_after_seconds"?: number,"content_sid"?: string,"content_variables"?: string,"conversation_id": string,"idempotency_key"?: string,"media"?: string,"message_id": string,"status_check_seconds"?: number }; Returns: {
              "begun_at": string,"channel": Database["public"]['Enums']["recruiting_channel"],"is_confirmed": boolean,"message_status": Database["public"]['Enums']["recruiting_message_status"],"outcome": Database["public"]['Enums']["recruiting_begin_message_outcome"],"recruit_phone": string,"sent_message_id": string,"twilio_phone": string,"warnings": (Database["public"]['Enums']["recruiting_warning"])[]
            }[]
                           },
"recruiting_begin_reply":
{ Args: { "body": string,"confirm_after_seconds"?: number,"conversation_id": string,"may_restart"?: boolean,"message_id": string,"seen_seq": number,"status_check_seconds"?: number,"turn_token": string }; Returns: {
              "begun_at": string,"channel": Database["public"]['Enums']["recruiting_channel"],"outcome": Database["public"]['Enums']["recruiting_begin_reply_outcome"],"recruit_phone": string,"twilio_phone": string
            }[]
                           },
"recruiting_begin_retry":
{ Args: { "begun_at": string,"confirm_after_seconds"?: number,"message_id": string }; Returns: {
              "retry_begun_at": string,"warnings": (Database["public"]['Enums']["recruiting_warning"])[]
            }[]
                           },
"recruiting_claim_deletions":
{ Args: { "batch"?: number,"claim_token": string,"lease_seconds"?: number }; Returns: {
              "attempts": number,"kind": Database["public"]['Enums']["recruiting_deletion_kind"],"objects": (string)[],"target": string
            }[]
                           },
"recruiting_claim_due_work":
{ Args: { "claim_token": string,"only_turns"?: boolean,"send_lease_seconds"?: number,"turn_lease_seconds"?: number }; Returns: {
              "conversation_id": string,"kind": Database["public"]['Enums']["recruiting_due_work_kind"],"message_id": string
            }[]
                           },
"recruiting_claim_media":
{ Args: { "batch"?: number,"claim_token": string,"lease_seconds"?: number }; Returns: {
              "attempts": number,"conversation_id": string,"media": Json,"message_id": string,"message_sid": string,"num_media": number
            }[]
                           },
"recruiting_claim_platform_posts":
{ Args: { "batch"?: number,"claim_token": string,"lease_seconds"?: number,"webhook": string }; Returns: {
              "channel": Database["public"]['Enums']["recruiting_channel"],"conversation_id": string,"error_code": string,"error_message": string,"event": string,"message_id": string,"message_sid": string,"num_segments": number,"occurred_at": string,"position": number,"recruit_phone": string,"status": string,"twilio_phone": string
            }[]
                           },
"recruiting_claim_send":
{ Args: { "claim_token": string,"lease_seconds"?: number,"message_id": string }; Returns: {
              "begun_at": string,"body": string,"channel": Database["public"]['Enums']["recruiting_channel"],"content_sid": string,"content_variables": Json,"conversation_id": string,"other_unconfirmed": Json,"recruit_phone": string,"twilio_phone": string,"was_not_found": boolean
            }[]
                           },
"recruiting_claim_status_checks":
{ Args: { "batch"?: number,"claim_token": string,"first_step_seconds"?: number,"lease_seconds"?: number }; Returns: {
              "channel": Database["public"]['Enums']["recruiting_channel"],"message_id": string,"message_sid": string,"message_status": Database["public"]['Enums']["recruiting_message_status"]
            }[]
                           },
"recruiting_claim_turn":
{ Args: { "conversation_id": string,"lease_seconds"?: number,"turn_token": string }; Returns: {
              "bot_instructions": string,"history": Json,"is_first_reply": boolean,"reason_to_escalate": string,"recruit_name": string,"seen_seq": number,"sender_name": string
            }[]
                           },
"recruiting_confirm_send":
{ Args: { "begun_at": string,"confirm_after_seconds"?: number,"dry_run"?: boolean,"gap_seconds"?: number,"listed"?: string,"message_id": string,"our_sender": string,"resend_within_seconds"?: number,"was_not_found"?: boolean }; Returns: {
              "body": string,"content_sid": string,"content_variables": Json,"media": Json,"outcome": Database["public"]['Enums']["recruiting_confirm_send_outcome"],"reply_due_in_ms": number,"retry_begun_at": string,"warnings": (Database["public"]['Enums']["recruiting_warning"])[]
            }[]
                           },
"recruiting_count_broadcasts":
{ Args: { "conversation_id": string }; Returns: number
                           },
"recruiting_delete_contact":
{ Args: { "external_id": string }; Returns: boolean
                           },
"recruiting_escalate_conversation":
{ Args: { "conversation_id": string,"reason": string }; Returns: string
                           },
"recruiting_escalate_turn":
{ Args: { "confirm_after_seconds"?: number,"conversation_id": string,"message_id": string,"reason": string,"status_check_seconds"?: number,"turn_token": string,"with_hand_off_text"?: boolean }; Returns: {
              "begun_at": string,"body": string,"channel": Database["public"]['Enums']["recruiting_channel"],"outcome": Database["public"]['Enums']["recruiting_escalate_turn_outcome"],"recruit_phone": string,"twilio_phone": string,"warnings": (Database["public"]['Enums']["recruiting_warning"])[]
            }[]
                           },
"recruiting_fill_media":
{ Args: { "claim_token": string,"listed": string,"message_id": string }; Returns: Json
                           },
"recruiting_find_missing_texts":
{ Args: { "listed": string }; Returns: {
              "missing": (string)[],"ours": (string)[]
            }[]
                           },
"recruiting_find_provisional_failures":
{ Args: { "listed": string }; Returns: {
              "begun_at": string,"body": string,"channel": Database["public"]['Enums']["recruiting_channel"],"content_sid": string,"content_variables": Json,"conversation_id": string,"message_id": string,"other_unconfirmed": Json,"recruit_phone": string,"twilio_phone": string,"was_not_found": boolean
            }[]
                           },
"recruiting_finish_deletion":
{ Args: { "claim_token": string,"retry_seconds"?: number,"target": string }; Returns: undefined
                           },
"recruiting_finish_status_check":
{ Args: { "first_step_seconds"?: number,"is_gone"?: boolean,"message_id": string }; Returns: undefined
                           },
"recruiting_forget":
{ Args: { "recruit_phone": string }; Returns: {
              "broadcasts": number,"conversations": number,"events": number,"messages": number,"unmatched": number
            }[]
                           },
"recruiting_health":
{ Args: Record<PropertyKey, never>; Returns: Json
                           },
"recruiting_list_due_sends":
{ Args: { "batch"?: number }; Returns: {
              "begun_at": string,"body": string,"channel": Database["public"]['Enums']["recruiting_channel"],"content_sid": string,"content_variables": Json,"conversation_id": string,"message_id": string,"other_unconfirmed": Json,"recruit_phone": string,"twilio_phone": string,"was_not_found": boolean
            }[]
                           },
"recruiting_list_due_status_checks":
{ Args: { "batch"?: number,"first_step_seconds"?: number }; Returns: {
              "channel": Database["public"]['Enums']["recruiting_channel"],"message_id": string,"message_sid": string,"message_status": Database["public"]['Enums']["recruiting_message_status"]
            }[]
                           },
"recruiting_move_log_cursor":
{ Args: { "cursor"?: string,"has_more": boolean }; Returns: string
                           },
"recruiting_number_platform_events":
{ Args: { "webhook"?: string }; Returns: boolean
                           },
"recruiting_prune":
{ Args: { "batch"?: number,"keep"?: string }; Returns: number
                           },
"recruiting_read_platform_events":
{ Args: { "after"?: number,"batch"?: number }; Returns: {
              "channel": Database["public"]['Enums']["recruiting_channel"],"conversation_id": string,"error_code": string,"error_message": string,"event": string,"message_id": string,"message_sid": string,"num_segments": number,"occurred_at": string,"position": number,"recruit_phone": string,"status": string,"twilio_phone": string
            }[]
                           },
"recruiting_receive_call":
{ Args: { "address": string,"channel": Database["public"]['Enums']["recruiting_channel"],"event": string }; Returns: {
              "voice_text": string
            }[]
                           },
"recruiting_receive_message":
{ Args: { "body"?: string,"channel": Database["public"]['Enums']["recruiting_channel"],"consent_source"?: Database["public"]['Enums']["recruiting_consent_source"],"media"?: string,"message_sid": string,"metadata"?: string,"num_media"?: number,"num_segments"?: number,"payload": string,"recruit_name"?: string,"recruit_phone": string,"refused"?: string,"sent_at"?: string,"turn_wait_seconds"?: number,"twilio_phone": string,"verdict": Database["public"]['Enums']["recruiting_verdict"] }; Returns: {
              "conversation_id": string,"conversation_status": Database["public"]['Enums']["recruiting_conversation_status"],"message_id": string,"outcome": Database["public"]['Enums']["recruiting_inbound_outcome"],"reply_due_in_ms": number,"warnings": (Database["public"]['Enums']["recruiting_warning"])[],"work_is_due": boolean
            }[]
                           },
"recruiting_receive_profile_alert":
{ Args: { "profile"?: string,"subscription_id": string }; Returns: {
              "is_known": boolean,"warnings": (Database["public"]['Enums']["recruiting_warning"])[]
            }[]
                           },
"recruiting_receive_twilio_events":
{ Args: { "events": string,"turn_wait_seconds"?: number }; Returns: {
              "refused": (string)[],"stored": number,"warnings": (Database["public"]['Enums']["recruiting_warning"])[]
            }[]
                           },
"recruiting_record_consent":
{ Args: { "channel": string,"evidence"?: string,"kind": string,"occurred_at"?: string,"phone": string,"source"?: string }; Returns: boolean
                           },
"recruiting_record_media":
{ Args: { "claim_token": string,"conversation_id": string,"deletes_twilio_media"?: boolean,"has_failed"?: boolean,"message_id": string,"results": string,"retry_seconds"?: number }; Returns: {
              "outcome": Database["public"]['Enums']["recruiting_media_outcome"],"warnings": (Database["public"]['Enums']["recruiting_warning"])[]
            }[]
                           },
"recruiting_record_message_status":
{ Args: { "channel": Database["public"]['Enums']["recruiting_channel"],"error_code"?: string,"error_message"?: string,"message_id"?: string,"message_sid": string,"payload"?: string,"twilio_status": string,"was_fetched"?: boolean }; Returns: {
              "conversation_id": string,"message_status": Database["public"]['Enums']["recruiting_message_status"],"warnings": (Database["public"]['Enums']["recruiting_warning"])[]
            }[]
                           },
"recruiting_record_platform_post":
{ Args: { "claim_token": string,"event_position": number,"was_posted": boolean,"webhook": string }; Returns: undefined
                           },
"recruiting_record_send":
{ Args: { "begun_at": string,"body"?: string,"error_code"?: string,"error_message"?: string,"message_id": string,"message_sid"?: string,"num_segments"?: number,"twilio_status"?: string }; Returns: {
              "message_status": Database["public"]['Enums']["recruiting_message_status"],"reply_due_in_ms": number,"warnings": (Database["public"]['Enums']["recruiting_warning"])[]
            }[]
                           },
"recruiting_resolve_contact":
{ Args: { "contact": string,"linkedin_url": string }; Returns: {
              "is_known": boolean,"warnings": (Database["public"]['Enums']["recruiting_warning"])[]
            }[]
                           },
"recruiting_start_conversation":
{ Args: { "assigned_agent_id"?: string,"channel": string,"recruit_name"?: string,"recruit_phone": string,"status"?: string,"twilio_phone": string }; Returns: string
                           },
"recruiting_upsert_contacts":
{ Args: { "contacts": Json,"move_phones"?: boolean }; Returns: Json
                           }
          }
          Enums: {
            "recruiting_agent_access_kind": "granted"|"no_conversation"|"not_an_agent","recruiting_asked_for": "reply"|"person","recruiting_attention_kind": "message_failed"|"waiting_for_agent"|"text_after_closing"|"bot_stalled"|"unmatched"|"schedule"|"platform_webhook"|"twilio_error","recruiting_begin_message_outcome": "begun"|"repeated"|"key_reused"|"opted_out"|"closed"|"taken"|"outside_window","recruiting_begin_reply_outcome": "begun"|"lease_lost"|"newer_text"|"outside_window","recruiting_body_owner": "this_send"|"other_send"|"no_send"|"unknown","recruiting_channel": "sms"|"whatsapp"|"rcs"|"messenger","recruiting_confirm_send_outcome": "confirmed"|"superseded"|"not_found"|"pending_again"|"revoked"|"retry"|"failed","recruiting_consent_kind": "opt_out"|"opt_in"|"consent","recruiting_consent_source": "keyword"|"wording"|"twilio"|"platform","recruiting_conversation_status": "bot"|"escalated"|"closed","recruiting_deletion_kind": "folder"|"twilio_media","recruiting_direction": "inbound"|"outbound","recruiting_due_work_kind": "turn"|"send","recruiting_escalate_turn_outcome": "escalated"|"lease_lost","recruiting_inbound_outcome": "received"|"repeated"|"no_conversation"|"erased","recruiting_media_outcome": "recorded"|"superseded"|"erased","recruiting_message_status": "received"|"queued"|"sent"|"delivered"|"failed","recruiting_outbox_kind": "reply"|"hand_off"|"agent"|"platform","recruiting_sender_type": "recruit"|"bot"|"agent","recruiting_strangers": "keep"|"bot"|"escalate","recruiting_twilio_event_kind": "fallback"|"debugger"|"recording"|"call"|"call_status"|"video"|"event"|"unknown"|"refused","recruiting_twilio_event_level": "error"|"warning","recruiting_verdict": "stop"|"start"|"yes"|"help"|"doubt"|"none"|"reply","recruiting_warning": "broadcast_missed"|"no_agent_available"
          }
          CompositeTypes: {
            [_ in never]: never
          }
        }
}

type DatabaseWithoutInternals = Omit<Database, '__InternalSupabase'>

type DefaultSchema = DatabaseWithoutInternals[Extract<keyof Database, "public">]

export type Tables<
  DefaultSchemaTableNameOrOptions extends
    | keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"] &
        DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"])
    : never = never
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"] &
      DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"])[TableName] extends {
      Row: infer R
    }
    ? R
    : never
  : DefaultSchemaTableNameOrOptions extends keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
  ? (DefaultSchema["Tables"] & DefaultSchema["Views"])[DefaultSchemaTableNameOrOptions] extends {
      Row: infer R
    }
    ? R
    : never
  : never

export type TablesInsert<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
      Insert: infer I
    }
    ? I
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
  ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Insert: infer I
    }
    ? I
    : never
  : never

export type TablesUpdate<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
      Update: infer U
    }
    ? U
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
  ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Update: infer U
    }
    ? U
    : never
  : never

export type Enums<
  DefaultSchemaEnumNameOrOptions extends
    | keyof DefaultSchema["Enums"]
    | { schema: keyof DatabaseWithoutInternals },
  EnumName extends DefaultSchemaEnumNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"]
    : never = never
> = DefaultSchemaEnumNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"][EnumName]
  : DefaultSchemaEnumNameOrOptions extends keyof DefaultSchema["Enums"]
  ? DefaultSchema["Enums"][DefaultSchemaEnumNameOrOptions]
  : never

export type CompositeTypes<
  PublicCompositeTypeNameOrOptions extends
    | keyof DefaultSchema["CompositeTypes"]
    | { schema: keyof DatabaseWithoutInternals },
  CompositeTypeName extends PublicCompositeTypeNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"]
    : never = never
> = PublicCompositeTypeNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"][CompositeTypeName]
  : PublicCompositeTypeNameOrOptions extends keyof DefaultSchema["CompositeTypes"]
  ? DefaultSchema["CompositeTypes"][PublicCompositeTypeNameOrOptions]
  : never
