-- Helpers of policies, triggers and functions are not part of the API. So they live in schema private, which the
-- API does not expose and in which no role but the owner may use a name.

-- A project may have a schema private already. Its grants stay: no object here relies on the schema for its access.
do $$
begin
  if to_regnamespace('private') is null then
    create schema private;
    revoke all on schema private from public, anon, authenticated, service_role;
  end if;
end;
$$;
