-- People also opt out in their own words ("please don't text me again"), and any reasonable ones
-- count. They are judged here, in English and Spanish, before a model is asked.
-- https://www.ecfr.gov/current/title-47/section-64.1200 (a)(10)

-- A text in the form that the patterns below are written in: words of a-z and 0-9 and the marks
-- . , ? with one space around each; one word for all that mean the same here (who wants no
-- notifications or contact wants no text); no word that only colours the rest. For judging only.
create function private.plain_words(body text) returns text
language plpgsql immutable
set search_path = ''
as $$
declare
  same constant jsonb := '{
    "u": "you", "yall": "you", "ustedes": "you", "us": "me", "nos": "me", "cannot": "cant",
    "donot": "dont", "dnt": "dont", "anymore": "again", "w": "with", "wanna": "want to",
    "stp": "stop", "sotp": "stop", "stpo": "stop", "st0p": "stop", "stopall": "stop",
    "cease": "stop", "halt": "stop",

    "txt": "text", "txts": "text", "texts": "text", "tex": "text", "texr": "text", "txet": "text",
    "message": "text", "messages": "text", "msg": "text", "msgs": "text", "mesage": "text",
    "mesages": "text", "messege": "text", "messeges": "text", "sms": "text", "dm": "text",
    "contact": "text", "conact": "text", "write": "text", "notify": "text", "alerts": "text",
    "notification": "text", "notifications": "text", "communication": "text",
    "communications": "text", "texto": "text", "textos": "text", "mensaje": "text",
    "mensajes": "text", "mensages": "text", "msj": "text", "msjs": "text", "mjs": "text",
    "txting": "texting", "txtin": "texting", "textin": "texting", "texing": "texting",
    "texring": "texting", "txtng": "texting", "messaging": "texting",
    "messging": "texting", "messageing": "texting",
    "messagin": "texting", "massaging": "texting", "msging": "texting", "contacting": "texting",
    "writing": "texting", "messaged": "texted", "contacted": "texted", "txted": "texted",
    "sendin": "sending", "receive": "get", "receiving": "get", "recieve": "get",
    "recieving": "get", "getting": "get", "spamming": "bothering", "harassing": "bothering",
    "harrassing": "bothering", "annoying": "bothering", "pestering": "bothering",
    "disturbing": "bothering", "bugging": "bothering", "stalking": "bothering",
    "harass": "bother", "annoy": "bother", "pester": "bother", "disturb": "bother", "bug": "bother",

    "unsub": "unsubscribe", "unsuscribe": "unsubscribe", "unsubcribe": "unsubscribe",
    "unsubscibe": "unsubscribe", "unsubsribe": "unsubscribe", "unsubscribed": "unsubscribe",
    "desuscribirme": "unsubscribe", "desuscribanme": "unsubscribe", "desuscribir": "unsubscribe",
    "optout": "opt out", "opted": "opt", "opting": "opt", "delete": "remove", "erase": "remove",
    "drop": "remove", "remov": "remove", "remve": "remove", "deleted": "removed",
    "phone": "number", "cell": "number", "num": "number", "nubmer": "number", "numero": "number",
    "telefono": "number", "celular": "number", "lists": "list", "lista": "list",
    "listas": "list", "database": "list", "contacts": "list",

    "q": "que", "nunca": "no", "jamas": "no",
    "escribas": "escriban", "escriba": "escriban", "contacten": "escriban",
    "contactes": "escriban", "contacte": "escriban", "molesten": "escriban",
    "molestes": "escriban", "moleste": "escriban", "texteen": "escriban", "textees": "escriban",
    "contactarme": "escribirme", "molestarme": "escribirme", "textearme": "escribirme",
    "mandarme": "escribirme", "enviarme": "escribirme", "contactar": "escribirme",
    "molestar": "escribirme", "acosarme": "escribirme",
    "escribiendome": "escribiendo", "mandandome": "escribiendo", "mandando": "escribiendo",
    "enviandome": "escribiendo", "enviando": "escribiendo",
    "manden": "envien", "mandes": "envien", "mande": "envien", "envies": "envien",
    "envie": "envien", "mandar": "enviar", "deje": "dejen", "deja": "dejen", "dejad": "dejen",
    "dejeme": "dejenme", "dejame": "dejenme",
    "borreme": "borrenme", "borrame": "borrenme", "borrarme": "borrenme", "quitenme": "borrenme",
    "quiteme": "borrenme", "quitame": "borrenme", "quitarme": "borrenme", "saquenme": "borrenme",
    "saqueme": "borrenme", "sacame": "borrenme", "sacarme": "borrenme", "eliminenme": "borrenme",
    "elimineme": "borrenme", "eliminame": "borrenme",
    "borre": "borren", "borra": "borren", "borrar": "borren", "quiten": "borren",
    "eliminen": "borren", "elimine": "borren", "elimina": "borren", "eliminar": "borren"
  }'::jsonb;
  idle constant jsonb := '[
    "please", "plz", "pls", "plse", "pleas", "plese", "plase", "kindly", "just", "really", "ever",
    "even", "actually", "already", "immediately", "asap", "still", "very", "so", "also", "too",
    "ok", "okay", "hi", "hey", "hello", "sorry", "sir", "maam", "thx", "ty", "thanks", "thank",
    "fucking", "fuckin", "damn", "freaking", "goddamn", "bloody", "guys", "folks",
    "the", "these", "those", "your", "ur", "of", "all", "any", "more", "further", "future",
    "automated", "marketing", "unsolicited",
    "favor", "porfavor", "porfa", "xfavor", "gracias", "hola", "ya", "mas", "el", "la", "los",
    "las", "sus", "tus", "estos", "estas", "esos", "ningun", "tantos", "todos"
  ]'::jsonb;
  said text;
begin
  -- Twilio's bodies end at 1600 characters: what is longer costs no more.
  said := translate(left(body, 2000), U&'\0027\2018\2019\201B\02BC\2032\FF07\0060\00B4', '');
  -- Takes accents off their letters and makes ordinary letters of ornamental ones.
  said := lower(left(normalize(said, nfkd), 2000) collate "C");
  said := regexp_replace(said, '[\u00ad\u0300-\u036f\u200b-\u200d\u2060\ufeff]+', '', 'g');
  said := translate(said, '!;:', '...');
  said := replace(replace(said, '&', ' and '), '#', ' number ');
  said := replace(replace(replace(said, '.', ' . '), ',', ' , '), '?', ' ? ');
  said := ' ' || regexp_replace(said, '[^a-z0-9.,?]+', ' ', 'g') || ' ';
  said := replace(said, ' do not ', ' dont ');
  said := replace(said, ' the stop ', ' a stop ');
  said := replace(said, ' por favor ', ' ');
  said := replace(said, ' thank you ', ' ');
  said := replace(said, ' told you dont ', ' told you , dont ');
  said := replace(said, ' don t ', ' dont ');
  said := replace(said, ' any more ', ' again ');
  said := replace(said, ' no more ', ' nomore ');
  said := replace(said, ' s t o p ', ' stop ');

  select string_agg(
      case when word ~ '^(s+t+o+p+|s+t+a+h+p+)$' then 'stop' else coalesce(same ->> word, word) end,
      ' ' order by place
    )
    into said
    from string_to_table(said, ' ') with ordinality as spoken (word, place)
    where word <> '' and not idle ? word and word !~ '^p+l+e+a+[sz]+e+$';
  said := ' ' || coalesce(said, '') || ' ';
  said := replace(said, ' text text ', ' text ');
  said := replace(said, ' number number ', ' number ');
  return said;
end;
$$;

-- Whether a text asks, in whatever words, not to be texted again: 'stop' if anybody would read it
-- so, 'doubt' if a careful person would let a human decide, else null. A body that is nothing but a
-- keyword is private.opt_keyword's.
--
-- The patterns are read in private.plain_words, so please, your, these and their like are left out.
-- None looks ahead, behind or back, so that no body makes them slow: what only sounds like an
-- opt-out is taken out of the text before the rest is judged.
create function private.asks_to_stop(body text) returns text
language plpgsql immutable
set search_path = ''
as $$
declare
  -- Other stops, and other people's: the bus stop, stop by, I had to stop, you never text me back.
  elsewhere constant text := '(' || array_to_string(array[
    ' (a|my|bus|train|truck|subway|metro|rest|shuttle|next|last|first|second|third|final) stop',
    ' (which|what|same|another|full|non|emergency|traffic|one|two|[0-9]+|street|st|ave|pit) stop',
    ' stop (by|in|over|off|work|working|sign|light|watch|loss|there|near|between)',
    ' stop (at (a|my|home|work)|on my|for (gas|food|lunch|dinner|coffee|breakfast))',
    ' stop and (go|get|grab|pick|see|ask|talk|say|think)',
    ' (i|we|he|she) had to (stop|quit)',
    ' (ill|i|we|he|she) ([a-z]+ to |will |can |should )?(stop|quit) '
      '(texting|sending|bothering)( me)?',
    ' (did|had|if|when) (you|they|he|she|we) (stop|lose|forget|remove|unsubscribe)'
      '( texting| sending| me| my number)*',
    ' (you|they|he|she|we|i|nobody|who) (dont|never|doesnt|didnt|wont|cant) (usually |get )?'
      '(text|send|call|bother)( me)?( back)?',
    ' (did|do|why would|have|has) (you|they|he|she|we) not text',
    ' how many text'
  ], '|') || ')( |$)';

  -- Questions, complaints, and wishes for another time or topic: a human's.
  unsure constant text := '(' || array_to_string(array[
    -- how do I stop these? can I unsubscribe? is there a way to opt out? can you stop?
    ' how (do|can|could|would|to) (i |you |we )?(stop|get off|unsubscribe|opt out|be removed) '
      '([.,?]|$|this|it|that|text|texting|get|sending|from|list)',
    ' (can|may|could|should|do|did|if) i (have to |need to )?(stop (this|it|text|get)|unsubscribe)',
    ' (can|may|could|should|do|did|if|way to|how do) (i |to )?opt out ([.,?]|$|text|this|from)',
    ' way to (stop (this|it|text|get)|unsubscribe|be removed)',
    ' (can|could|will|would) you (stop|quit) ([.,?]|$|it|this|that|now)',
    -- it says "Reply STOP to opt out", what is that?
    ' (reply|replying|text|type|respond|says|saying|word|or) (with )?stop '
      '([.,?]|$|will|does|would|if|and|or|to (opt out|unsubscribe|end|cancel|stop|quit))',
    -- you never stop; these texts won't stop; you won't leave me alone
    ' (you|they|text|this|it|people) (dont|wont|never|cant|didnt|doesnt) '
      '(stop|quit|leave me alone|take me off|remove|unsubscribe)',
    -- don't text me today, stop texting me at night, no more texts after 9, stop for now
    ' (dont|never|stop|quit|nomore|dont want) (sending me |send me |get )?(text|texting) (me )?'
      '(about (nights|weekends|days)|today|tonight|tomorrow|now|right now|yet|late|early|before'
      '|after|until|till|while|during|when|between|unless|if|but|in|this (late|early|morning|week)'
      '|on (weekends|sundays)|at (night|work|home|this (time|hour)|[0-9]+)|for (a|now|today))',
    ' no text (after|before|until|at (night|work))',
    ' stop for (now|today|a)',
    ' (but never text|never text me back)',
    ' dont want to text ([.,?]|$)',
    -- don't text this number, use my new one
    ' dont (text|call|use) (me )?(on |at )?(this|that) number '
      '([.,] )?(but|instead|my new|use|text|call|try)',
    -- no me escriban hoy, no me manden mensajes de noche, cómo cancelo los mensajes
    ' no (me )?(escriban|envien text) (hoy|ahora|ahorita|manana|tan|tarde|temprano|antes'
      '|despues|mientras|cuando|hasta|si|de noche|(en|por) (noche|manana|tarde)|al|a (esta|estas))',
    ' como (puedo )?(cancelo|cancelar|paro|parar|dejo de recibir|dejar de recibir|me doy de baja)'
  ], '|') || ')( |$)';

  -- What holds the words and means something else.
  harmless constant text := '(' || array_to_string(array[
    -- don't stop, I don't want you to stop, never opted out, my dog won't leave me alone
    ' (dont|didnt|never|wont|wouldnt|cant|couldnt|doesnt|not|havent|no need|nobody)'
      '( want| need| mean| meant| ask| asked| told| tell| said| trying| going| you| me| them| to)*'
      ' (stop|quit|unsubscribe|opt out|opt me out|remove|take me off|leave me alone|block|lose)'
      '( texting| sending| text| me| my number)*',
    -- stop calling me, text me
    ' (stop calling|dont call)( me)?( [.,])?( but| instead)? text',
    -- why don't you text me? don't text and drive
    ' (why|if|when) (dont|didnt|cant|wont|not) (you |they |we )?text',
    ' dont text and drive',
    ' (have|had|got|get|were|are) nomore text',
    ' (hope|if|can|could|will|long as) you keep',
    ' (in|to|into|my|check) (my )?spam',
    -- take me off the night shift, remove my number from my application
    ' (take|remove|get|took) (me|it|this|my name|my number) (from|off|out) ([a-z]+ )?([a-z]+ )?'
      '(shift|shifts|schedule|application|profile|resume|waitlist|waiting list|wait list|roster)',
    ' be removed from ([a-z]+ )?(shift|schedule|application|waitlist|waiting list|wait list)',
    ' i ([a-z]+ )?(put|gave|wrote|typed|entered|listed|texted|called) ([a-z]+ )?([a-z]+ )?wrong',
    -- no paren, no dejen de escribirme, no me borren, no me molesta que me escriban
    ' no (me )?(quiero que )?(me )?(paren|pare|dejen|borren|borrenme|detengan)( de [a-z]+)?',
    ' no me molestan?( que me [a-z]+)?'
  ], '|') || ')( |$)';

  stops constant text := '(' || array_to_string(array[
    -- stop texting me, stop calling and texting me, stop all texts, quit sending me this crap
    ' (stop|quit) ((calling|emailing|bothering|me|and|or|with|this) )*texting '
      '([.,?]|$|me|my number|this|here|now|again|and|or|people|at|to|im|i|bro|man|dude|lol)',
    ' stop and desist',
    ' (discontinue|refrain from) (text|texting|sending)',
    ' (stop|quit) ((it|this|that|with|job|recruiting) )*(text|spam)',
    ' (stop|quit) (sending|send) (me|this|that|text|spam|stuff|shit|crap|job|jobs|to|[.,?]|$)',
    ' (stop|quit) (bothering|blowing up|hitting up|hitting me up) ([.,?]|$|me|my|this|people|with)',
    ' (stop|quit) (trying to )?(reach|reaching|bombarding|recruit) (out|me|my|this)',
    ' stop get (text|this|them)',
    -- I told you to stop, I asked you not to text me, I already said stop
    ' (told|tell|telling|asked|asking|want|need|like) you to (stop|quit) ([.,]|$|now|it|this)',
    ' i (said|texted|replied|sent|wrote|typed) stop',
    -- don't text me again, never contact this number, do not call or text
    ' (you|to|asked|told|rather|prefer) not (to )?(be texted|text (me|this|my number))',
    ' (dont|never) (you |dare )?((call|email|bother|reply|me|or|and|nor) )*'
      '(text|texting) ([.,]|$|me|my number|this|here|again|back|or call|or email)',
    ' (dont|never) (you )?(bother|spam) (me|my|this)',
    ' (dont|never) (reach out|reach me|hit me up|hmu)',
    ' (dont|never) send (me |to me )?([.,]|$|again|text|spam|stuff|this|that|shit|crap|nothing)',
    -- I don't want texts, no longer wish to be contacted, I'd rather not get texts
    ' (dont|not|no longer|never) (want|wish|like|care|consent) (to )?(keep )?(get |see |again )*'
      '(this |job )*(text|spam) ([.,?]|$|me|from|again|about|this|or|and|i|im)',
    ' (dont|no longer) (want|wish) to get ([.,]|$|this|them|again)',
    ' (dont|not|no longer|never) (want|wish|like|care|consent) (you )?to '
      '(be texted|be bothered|hear (anything )?from (you|this)|text me|keep texting|bother me)',
    ' (dont|never) want (you texting|anything from you|nothing from you|this company)',
    ' (rather|prefer|like|want|wish) (you )?(to )?not (to )?(be texted|get text|text me)',
    ' nomore (this |job )*(text|texting|spam|sending)',
    ' (cancel|end|turn off|shut off|disable) (my |this )?text ([.,]|$|now|to|from)',
    ' (revoke|revoking|withdraw) (my )?consent',
    -- take me off your list, remove my number, lose my number
    ' (take|get|cross|strike|scratch|remove) (me|my|my name|my number|this number) '
      '(off|out|from)( this| that| whatever)?( text| texting| mailing| call| calling| email| job)?'
      ' (list|text|texting|system|thread|group|chat)',
    ' (take me off|remove me)( from (this|it|you))? ([.,]|$|now)',
    ' (remove|lose|loose|forget) (my|this) number',
    ' be (removed|taken off)( from)?( this)?( mailing| text| call| job)? ([.,]|$|list|text)',
    -- unsubscribe me, I want to opt out, opt me out
    ' unsubscribe (me|my|this|now|text|[.,]|$)',
    ' unsubscribe from (this|text|texting|you|it|list)',
    ' (want|like|wish|need|going|choose) to (be )?unsubscribe',
    ' (to|i|im|am|be|now) opt out ([.,]|$|text|this|from|now|get)',
    ' opt (me|my number|this number) out',
    '(^| [.,]) opt out ([.,]|$|text|this|from|now|get)',
    -- leave me alone
    '(^| [.,?]| and| now| no| number| interested| you| you to) leave me '
      '(tf |fuck |hell )?(alone|be|in peace)',
    ' (fuck|piss) off',
    -- no me escriban más, ya no me manden mensajes, no quiero recibir mensajes
    ' no (me )?(quiero que me |deseo que me )?(escriban|escribirme)',
    ' no me (text|hablen|hables|busquen)',
    ' no (me )?(quiero que me )?envien ([.,]|$|text|nada|cosas|ofertas|spam|esto)',
    ' no (me )?(vuelvan|vuelva|vuelvas|sigan|siga) (a )?(escri|env|cont|mol|bus|habl|mand)[a-z]*',
    ' no (quiero|deseo|quisiera|queremos) (recibir |seguir |recibiendo |tener |que )*text',
    ' no (quiero|deseo) (saber )?nada (de|con) (you|usted|su)',
    -- dejen de mandarme mensajes, paren de escribir, paren los mensajes, déjenme en paz
    ' (dejen|dejar|paren|pare|para|parar) de (estar )?'
      '(escrib[a-z]+|enviar text|joder|chingar|fastidiar)',
    ' (dejen|dejar|paren|parar) de recibir text',
    ' (paren|pare|detengan|cancelen|suspendan|basta) (con |de )?text',
    ' dejenme (en paz|tranquil[oa]|sol[oa])',
    -- bórrenme de su lista, borren mi número, quiero darme de baja
    ' borrenme (de |del )?(su |esta |tu )?([.,]|$|list|base|sistema|grupo|text)',
    ' (borren|olviden|pierdan) (mi|este) number',
    ' (darme|denme|deme|dame|me den) de baja'
  ], '|') || ')( |$)';

  -- Stop as a sentence of its own, which may answer a question or a joke; nothing but stop.
  bare_stop constant text := '(^| [.,]| number| person| interested| you) (now |and |no )*'
    '(stop|paren|pare|basta) (now |it now |right now )?'
    '([.,] |$|im not |i am not |i dont |i found |i got |not interested |wrong )';
  nothing_but_stop constant text := '^ ((now|no|you|and|right|i said|man|bro|dude|text|me'
    '|stop|opt out|unsubscribe|basta|paren|pare|parar|alto|detener|detenganse|[.,]) )+$';

  doubts constant text := '(' || array_to_string(array[
    ' maybe',
    -- who is this? stop. Stop it, make it stop, you need to stop, I want this to stop
    '(^| [.,?]) (now |and |no )*(stop|unsubscribe|opt out) '
      '([.,?]|$|it|this|that|now|with|everything)',
    '^ stop',
    ' (stop|quit) (it|this|that|bullshit) ([.,?]|$|now|me|my|again)',
    ' (you|it|this|that|must|should|better|said|or|and) stop ([.,?]|$|now)',
    ' (need|needs|have|has|got|want you|want this|want it|text) to (stop|end) ([.,?]|$|now)',
    ' make (it|this|them|text) stop',
    ' stop texting (my|him|her|them)',
    ' (unsubscribe|opt out) ([.,?]|$|from|me|text)',
    ' end (this|our) (text|conversation|chat)',
    -- a keyword that is more than the whole body: cancel, please
    '^ ((now|this|it|[.,]) )*(cancel|cancelar|end|quit|revoke|para|baja|remove) '
      '((now|this|it|[.,]) )*$',
    ' (cancel|cancelar|cancelen) (my |mi )?(subscription|suscripcion)',
    -- I never signed up, don't call me again, remove my data
    ' (never|didnt) (sign|signed|subscribe|subscribed|ask|asked|agree|agreed|consent|opt|request'
      '|requested|give|gave) (for |to |in |you |my )*(this|text|number|in|up|be texted|consent)',
    ' (dont|never) (call|email) (me )?(again|this number|my number)',
    ' dont email me ([.]|$)',
    ' stop (calling|emailing) (me |this number |my number )?(again|[.,?]|$)',
    '(^| [.,]) no text ([.,]|$)',
    ' (dont|never|no longer) need (you )?to text me',
    ' (remove|cancel|close) my (info|information|data|account|details|profile)',
    ' remove me',
    -- wrong number
    ' wrong (number|person|guy|girl|man|woman|lady|one)',
    ' (not|isnt) (his|her|their|my|right) (number|person)',
    ' (no one|nobody|noone) (here )?(by|named)',
    -- not interested, I don't need this, not looking anymore, withdraw my application
    ' (not|no longer|isnt|aint) (at |that |be )?interested ([.,?]|$|again|at|right|but|no|stop|i|im'
      '|in (this|that|a|job|position|role|offer|company|opportunity|it|anything|what|you|working))',
    ' (uninterested|no interest|not intrested)',
    ' (dont|no longer) (need|want) (this|it|that|a job|job|work|you|nothing|help|anything) '
      '([.,?]|$|again|right|from)',
    ' (not|no longer) (looking|searching)( for (a )?(new |another )?(job|work|position))? '
      '([.]|$|again|right|at)',
    ' remove (me|my name|my application) (from|out)',
    ' withdraw my',
    -- this is spam, I'll report you, my lawyer
    '^ spam',
    ' (this|its|it|is|as|are|like|such|report|reported|bunch) (is |a |it )?spam',
    ' (report|reporting|reported) (you|this number|this text|as)',
    ' (block|blocking|blocked|sue|suing) (you|this|number)',
    ' (fcc|ftc|tcpa|my lawyer|my attorney)',
    ' (is|its|this) (harassment|illegal)',
    -- why do you keep texting me, I'm tired of these texts, you are annoying
    ' (why|you|they|people) (do |are |is |you |they |people )*(keep|keeps|constantly|continue to)'
      ' (on )?(text|texting|send|sending|bothering|spam|calling)',
    ' why (are|is) (you|they|this number) (texting|bothering|sending)',
    ' why (am|do) i get (text|this)',
    ' (tired|sick|fed up|annoyed|bored|done|enough) (with |by |get )*(text|texting|spam|crap)',
    ' (tired|sick|fed up) this ([.,?]|$|text|spam|crap)',
    ' (are|youre|you|text|its|this) bothering',
    ' many text',
    '(^| [.,?]) (go away|shut up|enough|knock it off|cut it out|back off|get lost|fuck you) '
      '([.,?]|$|with)',
    -- no me interesa, no estoy interesada, no necesito nada
    ' no (me )?interesa ([.,?]|$|nada|por|este|esta|ese|su|trabajo|puesto|oferta|vacante|lo|eso)',
    ' no estoy (interesad[oa]|buscando) (en )?(su |este )?([.,?]|$|trabajo|empleo|puesto|nada)',
    ' no (necesito|quiero|busco) (nada|esto|trabajo|empleo) ([.,?]|$|por|ahora|ahorita)',
    -- número equivocado, me están molestando, por qué me siguen escribiendo, los voy a reportar
    ' (number|persona) (equivocad[oa]|incorrect[oa])',
    ' se (equivoco|equivocaron) ([.,?]|$|de)',
    ' no (es|soy) (mi number|su number|esa|ese|persona)',
    ' me (estan|esta|estas) (escribiendo|molestando|hartando|acosando|fastidiando)',
    ' (siguen|sigue|sigues) (escribiendo|molestando)',
    ' me (molestan|tienen hart[oa])',
    ' hart[oa] de ([.,?]|$|text|you|esto)',
    ' por que me (escriben|mandan|envian|contactan|molestan)',
    ' (esto|eso|puro) es (spam|acoso)',
    ' voy a (reportar|denunciar|demandar|bloquear)(los|lo|te)?',
    ' no (me )?llamen? ([.,]|$|a este|otra|de nuevo)',
    ' no me dejan en paz',
    -- basta, alto, esto tiene que parar
    '(^| [.,?]) (basta|alto|paren|pare|para) ([.,?]|$)',
    '(^| [.,?]) (basta|alto) (de|con (esto|eso))',
    ' (esto|eso) tiene que parar'
  ], '|') || ')( |$)';
  words constant text := private.plain_words(body);
  said text;
begin
  said := regexp_replace(words, elsewhere, ' - ', 'g');
  said := regexp_replace(said, unsure, ' maybe ', 'g');
  said := regexp_replace(said, harmless, ' - ', 'g');
  return case
    when said ~ stops then 'stop'
    when said ~ bare_stop and said !~ '[?]| (lol|haha|hahaha|jk|kidding) ' then 'stop'
    when said ~ nothing_but_stop and said ~ ' (stop|opt out|unsubscribe|basta|paren|pare|alto) '
      then 'stop'
    when said ~ doubts then 'doubt'
  end;
end;
$$;

revoke execute on function private.plain_words, private.asks_to_stop from public;
