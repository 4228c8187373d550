
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
                },"recruiting_conversations": {
                  Row: {
                    "assigned_agent_id": string | null,"channel": string,"created_at": string,"escalated_at": string | null,"escalation_reason": string | null,"id": string,"last_message_at": string,"last_seq": number,"opted_out_at": string | null,"recruit_name": string | null,"recruit_phone": string,"reply_due_at": string | null,"reply_owed_seq": number | null,"reply_owed_since": string | null,"status": string,"status_seq": number,"taken_back_seq": number,"turn_attempts": number,"turn_expires_at": string | null,"turn_token": string | null,"twilio_phone": string,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "assigned_agent_id"?: string | null,"channel"?: string,"created_at"?: string,"escalated_at"?: string | null,"escalation_reason"?: string | null,"id"?: string,"last_message_at"?: string,"last_seq"?: number,"opted_out_at"?: string | null,"recruit_name"?: string | null,"recruit_phone": string,"reply_due_at"?: string | null,"reply_owed_seq"?: number | null,"reply_owed_since"?: string | null,"status"?: string,"status_seq"?: number,"taken_back_seq"?: number,"turn_attempts"?: number,"turn_expires_at"?: string | null,"turn_token"?: string | null,"twilio_phone": string,"updated_at"?: string
                  }
                  Update: {
                    "assigned_agent_id"?: string | null,"channel"?: string,"created_at"?: string,"escalated_at"?: string | null,"escalation_reason"?: string | null,"id"?: string,"last_message_at"?: string,"last_seq"?: number,"opted_out_at"?: string | null,"recruit_name"?: string | null,"recruit_phone"?: string,"reply_due_at"?: string | null,"reply_owed_seq"?: number | null,"reply_owed_since"?: string | null,"status"?: string,"status_seq"?: number,"taken_back_seq"?: number,"turn_attempts"?: number,"turn_expires_at"?: string | null,"turn_token"?: string | null,"twilio_phone"?: string,"updated_at"?: string
                  }
                  Relationships: [
                    
                  ]
                },"recruiting_message_events": {
                  Row: {
                    "error_code": string | null,"error_message": string | null,"event": string | null,"message_sid": string,"payload": NonNullable<Json>,"received_at": string,"twilio_status": string
                  }
                  ComputedFields: never
                  Insert: {
                    "error_code"?: string | null,"error_message"?: string | null,"event"?: string | null,"message_sid": string,"payload"?: NonNullable<Json>,"received_at"?: string,"twilio_status": string
                  }
                  Update: {
                    "error_code"?: string | null,"error_message"?: string | null,"event"?: string | null,"message_sid"?: string,"payload"?: NonNullable<Json>,"received_at"?: string,"twilio_status"?: string
                  }
                  Relationships: [
                    
                  ]
                },"recruiting_messages": {
                  Row: {
                    "agent_id": string | null,"answers_seq": number | null,"begun_again": number,"begun_at": string | null,"body": string,"conversation_id": string,"created_at": string,"delivered_at": string | null,"direction": string,"error_code": string | null,"error_message": string | null,"failed_at": string | null,"id": string,"idempotency_key": string | null,"media": NonNullable<Json>,"message_sid": string | null,"not_found_at": string | null,"num_segments": number | null,"read_at": string | null,"sender_type": string,"sent_at": string | null,"seq": number,"settle_due_at": string | null,"settle_token": string | null,"status": string
                  }
                  ComputedFields: never
                  Insert: {
                    "agent_id"?: string | null,"answers_seq"?: number | null,"begun_again"?: number,"begun_at"?: string | null,"body"?: string,"conversation_id": string,"created_at"?: string,"delivered_at"?: string | null,"direction": string,"error_code"?: string | null,"error_message"?: string | null,"failed_at"?: string | null,"id"?: string,"idempotency_key"?: string | null,"media"?: NonNullable<Json>,"message_sid"?: string | null,"not_found_at"?: string | null,"num_segments"?: number | null,"read_at"?: string | null,"sender_type": string,"sent_at"?: string | null,"seq": number,"settle_due_at"?: string | null,"settle_token"?: string | null,"status": string
                  }
                  Update: {
                    "agent_id"?: string | null,"answers_seq"?: number | null,"begun_again"?: number,"begun_at"?: string | null,"body"?: string,"conversation_id"?: string,"created_at"?: string,"delivered_at"?: string | null,"direction"?: string,"error_code"?: string | null,"error_message"?: string | null,"failed_at"?: string | null,"id"?: string,"idempotency_key"?: string | null,"media"?: NonNullable<Json>,"message_sid"?: string | null,"not_found_at"?: string | null,"num_segments"?: number | null,"read_at"?: string | null,"sender_type"?: string,"sent_at"?: string | null,"seq"?: number,"settle_due_at"?: string | null,"settle_token"?: string | null,"status"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "recruiting_messages_conversation_id_fkey"
      columns: ["conversation_id"]
isOneToOne: false
      referencedRelation: "recruiting_conversations"
      referencedColumns: ["id"]
    }
                  ]
                },"recruiting_opt_outs": {
                  Row: {
                    "message_sid": string | null,"opted_out_at": string,"reason": string,"recruit_phone": string,"twilio_phone": string
                  }
                  ComputedFields: never
                  Insert: {
                    "message_sid"?: string | null,"opted_out_at"?: string,"reason": string,"recruit_phone": string,"twilio_phone": string
                  }
                  Update: {
                    "message_sid"?: string | null,"opted_out_at"?: string,"reason"?: string,"recruit_phone"?: string,"twilio_phone"?: string
                  }
                  Relationships: [
                    
                  ]
                },"recruiting_senders": {
                  Row: {
                    "address": string,"bot_instructions": string,"channel": string,"display_name": string,"handover_text": string | null
                  }
                  ComputedFields: never
                  Insert: {
                    "address": string,"bot_instructions"?: string,"channel"?: string,"display_name"?: string,"handover_text"?: string | null
                  }
                  Update: {
                    "address"?: string,"bot_instructions"?: string,"channel"?: string,"display_name"?: string,"handover_text"?: string | null
                  }
                  Relationships: [
                    
                  ]
                },"recruiting_unmatched_messages": {
                  Row: {
                    "body": string | null,"channel": string | null,"media": Json | null,"message_sid": string,"num_segments": number | null,"payload": NonNullable<Json>,"reason": string,"received_at": string,"recruit_phone": string | null,"twilio_phone": string | null,"verdict": string | null
                  }
                  ComputedFields: never
                  Insert: {
                    "body"?: string | null,"channel"?: string | null,"media"?: Json | null,"message_sid": string,"num_segments"?: number | null,"payload": NonNullable<Json>,"reason": string,"received_at"?: string,"recruit_phone"?: string | null,"twilio_phone"?: string | null,"verdict"?: string | null
                  }
                  Update: {
                    "body"?: string | null,"channel"?: string | null,"media"?: Json | null,"message_sid"?: string,"num_segments"?: number | null,"payload"?: NonNullable<Json>,"reason"?: string,"received_at"?: string,"recruit_phone"?: string | null,"twilio_phone"?: string | null,"verdict"?: string | null
                  }
                  Relationships: [
                    
                  ]
                }
          }
          Views: {
            [_ in never]: never
          }
          Functions: {
            "recruiting_agent_reads_conversation":
{ Args: { "agent_id": string,"conversation_id": string }; Returns: boolean
                           },
"recruiting_assign_conversation":
{ Args: { "agent_id": string,"conversation_id": string }; Returns: undefined
                           },
"recruiting_begin_send":
{ Args: { "agent_id"?: string,"body": string,"conversation_id": string,"idempotency_key"?: string,"may_restart"?: boolean,"media"?: string,"message_id": string,"seen_seq"?: number,"settle_after_seconds"?: number,"turn_token"?: string }; Returns: {
              "begun_at": string,"broadcast_missed": boolean,"channel": string,"is_settled": boolean,"message_status": string,"outcome": string,"recruit_phone": string,"sent_message_id": string,"twilio_phone": string
            }[]
                           },
"recruiting_begin_send_again":
{ Args: { "begun_at": string,"message_id": string,"settle_after_seconds"?: number }; Returns: string
                           },
"recruiting_claim_due_work":
{ Args: { "claim_token": string,"send_lease_seconds"?: number,"turn_lease_seconds"?: number }; Returns: {
              "conversation_id": string,"kind": string,"message_id": string
            }[]
                           },
"recruiting_claim_send":
{ Args: { "claim_token": string,"lease_seconds"?: number,"message_id": string }; Returns: {
              "begun_at": string,"channel": string,"conversation_id": string,"due_in_ms": number,"recruit_phone": string,"twilio_phone": string,"was_not_found": boolean
            }[]
                           },
"recruiting_claim_turn":
{ Args: { "conversation_id": string,"lease_seconds"?: number,"turn_token": string }; Returns: {
              "bot_instructions": string,"escalate_because": string,"history": Json,"is_first_reply": boolean,"is_held_up": boolean,"recruit_name": string,"seen_seq": number,"sender_name": string
            }[]
                           },
"recruiting_escalate_conversation":
{ Args: { "conversation_id": string,"reason": string }; Returns: string
                           },
"recruiting_escalate_turn":
{ Args: { "conversation_id": string,"message_id": string,"reason": string,"settle_after_seconds"?: number,"turn_token": string,"with_handover"?: boolean }; Returns: {
              "begun_at": string,"body": string,"broadcast_missed": boolean,"channel": string,"outcome": string,"recruit_phone": string,"twilio_phone": string
            }[]
                           },
"recruiting_receive_message":
{ Args: { "body"?: string,"channel": string,"media"?: string,"message_sid": string,"num_segments"?: number,"opt_out_type"?: string,"payload": string,"recruit_phone": string,"refused"?: string,"turn_wait_seconds"?: number,"twilio_phone": string }; Returns: {
              "broadcast_missed": boolean,"conversation_id": string,"conversation_status": string,"message_id": string,"outcome": string,"reply_due_in_ms": number,"work_is_due": boolean
            }[]
                           },
"recruiting_record_message_status":
{ Args: { "channel": string,"error_code"?: string,"error_message"?: string,"message_id"?: string,"message_sid": string,"payload"?: string,"twilio_status": string }; Returns: {
              "broadcast_missed": boolean,"message_status": string
            }[]
                           },
"recruiting_record_send":
{ Args: { "begun_at": string,"error_code"?: string,"error_message"?: string,"message_id": string,"message_sid"?: string,"num_segments"?: number,"twilio_status"?: string }; Returns: {
              "broadcast_missed": boolean,"message_status": string,"reply_due_in_ms": number
            }[]
                           },
"recruiting_settle_send":
{ Args: { "begun_at": string,"gap_seconds"?: number,"is_last"?: boolean,"listed"?: string,"message_id": string,"our_sender": string,"settle_after_seconds"?: number }; Returns: {
              "begun_again_at": string,"body": string,"broadcast_missed": boolean,"media": Json,"outcome": string,"reply_due_in_ms": number
            }[]
                           },
"recruiting_start_conversation":
{ Args: { "assigned_agent_id"?: string,"channel": string,"recruit_name"?: string,"recruit_phone": string,"status"?: string,"twilio_phone": string }; Returns: string
                           }
          }
          Enums: {
            [_ in never]: never
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

export const Constants = {
  "public": {
          Enums: {
            
          }
        }
} as const
