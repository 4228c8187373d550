-- One phone has several spellings: Twilio writes a number of some countries as the channel does, and
-- people write it as they dial it. The canonical phone is the one that all of them share.

-- The canonical phone; what is no phone is returned as it is.
--   Mexico     +52 1 and 10 digits: without the 1
--   Argentina  +54 9 and 10 digits: without the 9
--   Brazil     two digits of the area, then 8 digits of a mobile (the first is 6 to 9): with a 9 before
--              them; a landline gains nothing
-- https://www.twilio.com/en-us/guidelines/mx/sms
create function private.canonical_phone(phone text) returns text
language plpgsql immutable
set search_path = ''
as $$
begin
  -- Three comparisons for most phones, instead of three regular expressions.
  if left(phone, 3) not in ('+52', '+54', '+55') then
    return phone;
  end if;
  return case
    when phone ~ '^\+521[0-9]{10}$' then '+52' || right(phone, 10)
    when phone ~ '^\+549[0-9]{10}$' then '+54' || right(phone, 10)
    when phone ~ '^\+55[1-9]{2}[6-9][0-9]{7}$' then left(phone, 5) || '9' || right(phone, 8)
    else phone
  end;
end;
$$;

-- Every spelling of the same phone, the canonical one first: for rows that store the phone as it was given
-- and have no column for the canonical one.
create function private.spellings_of(phone text) returns text[]
language plpgsql immutable
set search_path = ''
as $$
declare
  canonical constant text := private.canonical_phone(phone);
begin
  return array[canonical] || case
    when canonical ~ '^\+52[0-9]{10}$' then array['+521' || right(canonical, 10)]
    when canonical ~ '^\+54[0-9]{10}$' then array['+549' || right(canonical, 10)]
    when canonical ~ '^\+55[1-9]{2}9[6-9][0-9]{7}$' then array[left(canonical, 5) || right(canonical, 8)]
  end;
end;
$$;

revoke execute on function private.canonical_phone, private.spellings_of from public;
-- A generated column is computed with the rights of the role that changes the row.
grant execute on function private.canonical_phone to authenticated;
