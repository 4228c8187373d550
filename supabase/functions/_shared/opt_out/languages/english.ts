/**
 * How people opt out in English, and what only sounds like it.
 *
 * @module
 */
import type { Language } from "../language.ts";

/** Whom a text is for: me, my work number, this number. */
const ME =
  "(?:me|my (?:[a-z]+ )?(?:number|line|inbox)|(?:this|that|my kids|my wifes|my husbands) (?:[a-z]+ )?number|" +
  "this line|this person|here|my (?:kid|son|daughter|wife|husband|mom|dad|family))";
/** What a text is besides a text. */
const STUFF =
  "(?:text|spam|job text|job offers|job listings|listings|postings|job postings|openings|leads|opportunities|offers|ads|promotions|promos|promo|junk|crap|shit|bs|bullshit|nonsense|stuff|links|garbage)";
/** What may stand between stop and texting. */
const FILL =
  "(?:(?:it|this|that|with|w|trying|to|keep|calling|emailing|call|email|me|and|or|job|recruiting|group|random|constant|my number) ){0,5}";
/** What the texting party does. */
const TEXTING =
  "(?:texting|bothering|sending|spamming|soliciting|recruiting|reaching out|reaching|reach out|" +
  "hitting (?:me|my|this)|hitting up|hit me up|blowing (?:me|my|up)|bombarding|flooding|stalking|chasing)";
/** What ends a clause: a mark, or the beginning of a reason. */
const END =
  "(?:(?:[.,?]|now|again|and|or|but|because|cause|cuz|bc|since|as|so|im|ive|i|id|we|were|its|this|" +
  "not|no|wrong|thx|at|from|please|man|bro|nor|he|she|youve|you|got|found|have|asap|forever|ever|period|if|today|" +
  "to|for|here|with|about|on)(?= ))";
/** Lists that people want to leave. */
const LIST =
  "(?:list|text|texting|thread|group|chat|records|campaign|distribution|mailing|blast|files|directory|rolodex|queue|subscription)";
const WHO =
  "(?:me|my name|my number|my info|my text(?: info| number)?|this number|number|my (?:[a-z]+ )?number|it|this)";
/** What a shift, a file or a plan is: to be taken off it is no opt-out. */
const ELSE =
  "(?:shift|shifts|schedule|application|profile|resume|waitlist|waiting list|wait list|roster|badge|file|" +
  "weekend|weekends|saturday|saturdays|sunday|sundays|monday|mondays|tuesdays|wednesdays|thursdays|friday|fridays|" +
  "nights|night|days|mornings|rotation|route|team|insurance|account|chair|wall|website)";

/** English, as recruits write it. */
export const ENGLISH: Language = {
  name: "English",
  apostrophes: "drop",
  phrases: [
    ["tryna|trynna|trying ta", "trying to"],
    ["lemme", "let me"],
    ["(?:lv|leav|leve|leaf) me", "leave me"],
    // "Stp" is the French "please", too.
    ["stp(?= (?:[a-z]+ing|it|please|pls|plz|now|the|me|all|this|these|messages?|texts?) )", "stop"],
    [
      "why (?:dont|wont|cant|don t) (?:you|u|yall)(?= (?:just |all )?(?:stop|quit|leave|remove|take|lose) )",
      "",
    ],
    ["outta", "out"],
    ["(?:the )?teh", ""],
    ["(?:do|does|did) n t", "dont"],
    ["(?:pls|please|plz) not(?= (?:text|txt|message|msg|contact|send|bother) )", "not"],
    ["do not", "dont"],
    ["did not", "didnt"],
    ["does not", "doesnt"],
    ["will not", "wont"],
    ["don t", "dont"],
    ["dont you (?:ever|dare)(?: ever)?", "dont"],
    ["(?:make sure|ensure|see to it)(?: that)? you (?:dont|never)", "dont"],
    ["make sure(?: that)? (?:i|we) (?:dont|never) (?:get|receive)", "dont send me"],
    ["(?:please|pls|plz|plss|so|and) (?:just )?stop(?= [.,] )", ". stop"],
    ["the stop", "a stop"],
    ["thank (?:you|u)", ""],
    ["told (?:you|u|yall) dont", "told you , dont"],
    ["any ?more", "again"],
    ["no more", "nomore"],
    ["no thank(?:s| you| u)", "no"],
    ["no mas", "nomore"],
    ["any longer", "again"],
    ["(?:opt|opted|opting|opts|op) out", "optout"],
    ["un subscribe", "unsubscribe"],
    [
      "right (?:now|away)|at once|once and for all|as soon as possible|effective immediately|from now on|going forward|for good",
      "now",
    ],
    ["no longer|not longer|no loner", "nolonger"],
    ["the (?:fuck|hell|heck)|tf", ""],
    ["follow up|reach back out|get in touch|be in touch|touch base", "reach out"],
    ["in the future|for any reason|at all|under any circumstances|or else|in any way", ""],
  ],
  synonyms: {
    you: "u yall ya yous youse yu",
    me: "us",
    am: "iam",
    are: "r",
    cant: "cannot",
    dont: "donot dnt dont dosnt doent don dotn dpnt",
    again: "anymore nomo anymor evermore",
    with: "w wit",
    "want to": "wanna wana",
    "going to": "gonna gunna",
    "have to": "gotta hafta",
    stop: "sotp stpo st0p stopall stahp stap stopp stoop sstop cease halt desist stopit",
    text:
      "txt txts texts tex texr txet textes message messages msg msgs mesage mesages messege messeges massage massages " +
      "sms dm dms contact conact contacts write notify alert alerts notification notifications communication " +
      "communications correspondence solicitation solicitations outreach ping mms tesxt txtmsg msgz texted2 imessage",
    texting:
      "txting txtin textin texing texring txtng messaging messging messageing messagin massaging msging mssging " +
      "contacting writing dming pinging notifying alerting txtn textn textting testing",
    texted: "messaged contacted txted notified",
    sending: "sendin senting snding",
    get: "receive receiving recieve recieving getting gettin recive receving git",
    bothering:
      "spamming harassing harrassing annoying pestering disturbing bugging stalking harassin botherin hounding " +
      "bombarding nagging badgering spaming annoyin",
    take: "tke takr taking",
    bother: "harass annoy pester disturb bug hound badger",
    unsubscribe:
      "unenroll disenroll deregister delist unlist unregister unsub unsuscribe unsubcribe unsubscibe unsubsribe unsubscribed unsubscribing unscribe unsubcribed " +
      "unsubscribr unsubscribeme desubscribe unsubscription unsuscribed unsubscrib",
    optout: "optedout optingout",
    remove:
      "rm delete erase remov remve purge wipe scrub delet removing deleting removed2 rmv strike scratch cross",
    removed: "deleted erased purged",
    removal: "deletion",
    number:
      "phone cell num nubmer nmber digits cellphone telephone mobile phonenumber no2 landline",
    list: "lists database databases data2 system systems dialer db rolodex",
    job: "jobs",
    wrong: "worng wrng rong",
    hitting: "hittin",
    blowing: "blowin",
    interested: "intrested interrested interestd intersted",
  },
  idle:
    "please plz pls plse pleas plese plase pleade plss plzz kindly just really even actually already immediately asap " +
    "still very so also too ok okay hi hey hello sorry sir maam thx ty thanks thank tks thnx fucking fuckin fkn damn " +
    "freaking frickin goddamn bloody guys folks bro bruh dude yo omg wtf smh literally simply honestly seriously " +
    "the these those your ur of all any more further future automated marketing unsolicited promotional fn effing ever " +
    "dear another friend yea yeah well um uh additional hereby respectfully politely officially again2 stupid dumb fuckin gd",
  typos:
    "texting message messages messaging unsubscribe contacting sending interested number remove bothering harassing",
  notTypos:
    "messaged massaged remover removed removes numbers numbed interests lending spending bending mending tending " +
    "pending vending sensing seeding feeding nesting renting testing tenting texted numbers contracting bothering remote " +
    "messenger",

  elsewhere: [
    "(?:le|au|du|un) stop",
    "stop (?:payment|check|background|process|request|deposit|order|bleeding|at [0-9]+)(?: check)?",
    "(?:think|thinks|thought|hope|prove|sure|worried|afraid|says|said|know|feels like|looks like|sounds like|if)(?: [a-z]+){0,2} (?:is|was|are|were|isnt|a|not)(?: not)?(?: a)? (?:scam|spam|scammer|fraud|fake)",
    "(?:thought|think|hope|prove) (?:[a-z]+ ){0,3}(?:scam|spam|scammer)",
    // The bus stop, a stop sign, stop by, stop in, stop and get gas, non-stop.
    "(?:a|bus|train|truck|subway|metro|rest|shuttle|next|last|first|second|third|final|quick|pit|one|two|my|every|each) stop(?! (?:texting|text|sending|bothering) )",
    "(?:which|what|same|another|full|non|emergency|traffic|[0-9]+|street|st|ave|multi|or|at|is|your|door|full) stop (?:is|was|sign|light|routes?|deliver[a-z]*|do|does|should|near|on|and|at|i|before|after|to get|between)",
    "(?:which|what|same|another|full|non|emergency|traffic|[0-9]+|street|st|ave|multi) stop",
    "stop (?:by|in|over|off|work|working|sign|light|lights|watch|loss|there|near|between|accepting|hiring|taking|smoking|drinking|running|driving|lifting)(?! texting )",
    "stop (?:at (?:a|my|home|work|front|gate|store|security|lobby|office)|on my|for (?:gas|food|lunch|dinner|coffee|breakfast|a (?:bite|drink)))",
    "stop and (?:go|get|grab|pick|see|ask|talk|say|think|buy|drop|eat)",
    "stop (?:being|worrying|wondering)",
    "stop (?:to (?:get|grab|pick|eat|buy|see|say|use|drop|ask)|before (?:i|my|work))",
    // I had to stop working, I can stop in, my doctor told me to stop lifting.
    "(?:i|we|he|she|they) had to (?:stop|quit|end|cancel|leave)(?! (?:text|texting|get) )",
    "(?:i|ill|we|well|they|he|she|it|who|trains|buses|people|id) (?:can |could |will |would |should |may |might |need to |have to |want to |going to |usually |never |always |sometimes |only |do |did )?(?:stop|quit|end) (?!text|get|this|it|[.,?]|that|now|sending|bothering)[a-z]+",
    "(?:ill|i|we|he|she) (?:[a-z]+ to |will |can |should |cant |couldnt )?(?:stop|quit) (?:texting|sending|bothering)(?: you| him| her| them| now| then|(?= [.,?] ))",
    "(?:told|asked|made|makes|making|wants|wanted|tells|said) (?:me|him|her|them) to (?:stop|quit|optout)(?! (?:text|texting|sending|bothering) )",
    "(?:when|where|why|what time|how long|how soon|until) (?:do|does|did|will|would|can|should|to) (?:you|they|we|i|it|he|she|line|shift|buses|trains|store|place)?(?: ever| usually)? ?(?:stop|end|quit)(?! (?:text|texting|sending|bothering|get|this|it|[.,?]) )",
    "(?:do|does|did|will) (?:you|they|it|line|bus|train) (?:ever )?(?:stop|quit|end)(?! (?:text|texting|sending|bothering|get|this|it|if|now|[.,?]) )",
    "(?:did|had|if|when) (?:you|they|he|she|we) (?:stop|lose|forget|remove|unsubscribe)(?: texting| sending| me| my number)*",
    // You never text me back, nobody called, they do not text; also by another name.
    "(?:(?<!(?:can|could|if|would|sure|appreciate|that) )you|they|he|she|we|i|nobody|who|people|recruiter|manager|company) (?:dont|never|doesnt|didnt|wont|cant|havent|hasnt|have not) (?:usually |get |always |often )?(?:text|send|call|bother|texted|reach out|called)(?: me| you)?(?: back)?(?! again )",
    "(?:did|do|why would|have|has|why did|why didnt) (?:you|they|he|she|we) (?:not )?(?:text|texted|send|sent)",
    "how many text",
    // Text of another kind, and other people's: a write up, text my references.
    "(?:a|an|contract|verbal|written) text (?:up|ups)",
    "(?:emergency|point of|first|best|new|main|good|your) text (?:person|number|info|is|for|name)",
    // By mistake.
    "(?:optout|unsubscribe) (?:from )?(?:(?:job|health|direct|dental|my|a|life) ){0,2}(?:overtime|deposit|plan|insurance|benefits|dental|health|newsletters?|401k|coverage)",
    "(?:accidentally|mistakenly|by (?:accident|mistake)|didnt mean to|not mean to|didnt want to)(?: [a-z]+){0,3} (?:stop|unsubscribe|optout|quit|cancel|end|remove me|remove|block|blocked)(?: (?:text|texting|me|from|by accident|you))*",
    "(?:stop|unsubscribe|optout|quit|cancel|blocked|block you)(?: [a-z]+){0,2} (?:by|on) (?:accident|mistake)",
    "(?:stop|unsubscribe|optout)(?: [a-z]+){0,2} (?:accidentally|mistakenly)",
  ],
  unsure: [
    "(?:who|what|where|how|whats|word|number)(?: [a-z]+){0,4} to (?:unsubscribe|be removed|optout|get off|be taken off)(?= [.,?] )",
    // How do I stop these? Can I unsubscribe? Is there a way to opt out? Can you stop?
    "how (?:do|can|could|would|to|does)(?: (?:i|you|we|one|someone|a person))?(?: go about)? (?:stop|get off|unsubscribe|optout|be removed|make (?:this|it|text|them) stop|get (?:me |you |this )?(?:to stop|off|removed|out)|turn (?:this|text) off|end this)(?= (?:[.,?]|this|it|that|text|texting|get|sending|from|list|off|getting) )",
    "how (?:do|can|could) i (?:get you to|make you) (?:stop|quit)(?: texting)?(?: me)?",
    "(?:can|may|could|should|do|did|if|must) i (?:have to |need to |please )?(?:stop (?:this|it|text|get)|unsubscribe|be removed|be taken off)",
    "(?:can|may|could|should|do|did|if|way to|how do) (?:i |to |you have an? )?optout(?= (?:[.,?]|text|this|from|option) )",
    "(?:way|able|possible|option|want to know how) (?:to|for me to) (?:stop (?:this|it|text|get)|unsubscribe|be removed|optout|get off)",
    "(?:can|could|will|would) you (?:stop|quit)(?= (?:[.,?]|it|this|that|now) )",
    // It says "Reply STOP to opt out", what is that?
    "(?:reply|replying|text|type|respond|says|saying|word|hit|press|send)(?: with)? stop(?: to (?:optout|unsubscribe|end|cancel|stop|quit))?(?= (?:[.,?]|will|does|would|if|and|or|to|you) )",
    // You never stop; these texts won't stop; you won't leave me alone.
    "(?:you|they|text|this|it|people|company) (?:dont|wont|never|cant|didnt|doesnt|refuse to|havent|hasnt|still havent) (?:stop(?:ped)?|quit|leave me alone|take me off|taken me off|remove|removed|unsubscribe)(?! (?!texting|sending|bothering)[a-z]+ing)(?: me)?",
    // Don't text me today, stop texting me at night, no more texts after 9, stop for now.
    "(?:dont|never|stop|quit|nomore|dont want|not) (?:sending me |send me |get |to )?(?:text|texting|bothering|bother|be texted|reach out|sending text)(?: (?:me|my number|this number))?(?: (?:text|job))?" +
    " (?:about (?:nights|weekends|days|that|this job|night shift|[a-z]+ (?:jobs|shifts))|today|tonight|tomorrow|yet|late|early|earlier|before|after|until|till|while|during|when|whenever|between|unless|if i|if im|if its|past|in (?:morning|middle|a)|" +
    "this (?:late|early|morning|week|weekend|month)|on (?:weekends|weekend|sundays|sunday|saturdays|saturday|my day off|my days off|weekdays|my break|shabbat)|at (?:night|nights|work|home|this (?:time|hour)|[0-9]+|midnight|[0-9a-z]+ (?:am|pm))|for (?:a|now|today|few|next|another|this week|[0-9]+)|until|every (?:day|hour|morning|night|five)|[0-9]+ times|twice)",
    "(?:no|nomore) text (?:after|before|until|past|today|tonight|at (?:night|work)|on (?:weekends|sundays)|during|while)",
    "stop (?:for (?:now|today|a|tonight)|until|till)",
    "not today[ ,.]* stop",
    "(?:remove|take) (?:me|my name|my number) (?:out|from)(?: of)?(?: a| this)? (?:consideration|(?:candidate |hiring |applicant )?pool|running)",
    "(?:but never text|never text me back)",
    "dont want to text(?= [.,?] )",
    // Don't text this number, use my new one. No texts, just email.
    "(?:dont|not) (?:text|call|use)(?: me)?(?: on| at)? (?:this|that|my (?!old|other)[a-z]+) number(?: [.,])?(?: (?:but|instead|my new|use|text|call|try|im|ill|its|it|heres|new)| [a-z]+ instead)",
    "(?:no|dont|stop) (?:text|texting)(?: me)? [.,] (?:just |only |but |use )?(?:call|email|calls|emails|emailing|calling|whatsapp)",
    "dont (?:want|like) (?:to )?text [.,] (?:just )?(?:call|can you|email|lets talk)",
    // A recruit who asks to be texted instead of called wants texts; a person decides.
    "(?:dont|nolonger|never) need (?:you )?to (?:text|call|reach out)(?: me)?(?! again )",
  ],
  harmless: [
    // Don't stop, I don't want you to stop, never opted out, my dog won't leave me alone.
    "(?:dont|didnt|never|wont|wouldnt|cant|couldnt|doesnt|not|havent|isnt|no need|nobody|without)(?! me (?:stop|quit|remove) )" +
    "(?: want| need| mean| meant| ask| asked| told| tell| said| trying| going| you| me| them| to| ever| want to| going to| text| say| it| hit){0,5}" +
    " (?:stop|quit|unsubscribe|optout|opt me out|remove|take me off|leave me alone|block|lose|cancel|end)(?: texting| sending| text| me| my number){0,3}",
    "(?:they|coworkers|people|kids|boss|bosses|managers) (?:all |usually |mostly |always )?(?:leave|left|let) me (?:alone|be)",
    // Stop calling me, text me. Don't text my boss, don't text and drive.
    "(?:stop|quit|dont|no) (?:calling|call|calls)(?: me| my number| this number)?(?: [.,])?(?: just| but| instead)?(?: [.,])?(?: just| and (?=text (?:me )?(?:[.,]|instead|lol)))? (?:text|texting)(?! me again )(?: me)?(?= (?:[.,?]|instead|is|only|me|please|if|when|works|lol) )",
    "(?:why|if|when) (?:dont|didnt|cant|wont|not) (?:you |they |we )?text",
    "(?:dont|not) (?:text|call|use)(?: me)?(?: on| at)? (?:my )?(?:old|other) number",
    "(?:dont|stop|never) (?:text|texting) (?:and|while|n) (?:drive|driving)",
    "(?:dont|never|not|stop) (?:text|texting|bother|bothering) (?:my (?:current |old |previous |former |last |ex )?(?:boss|employer|employers|references|manager|supervisor|job|work|company|ex|coworkers)|him|her|them|it yet|fast|much|well|often|my ref[a-z]*|anyone|customers)",
    "(?:have|had|got|get|were|are|received) nomore text",
    "(?:hope|if|can|could|will|long as|please) (?:you )?keep (?:sending|texting)",
    "(?:[.,]|yes) keep (?:sending|texting)",
    "(?:in|to|into|my|check|checked|its in|from|through) (?:my )?spam",
    // Take me off the night shift, remove my number from my application.
    `(?:take|remove|get|took|taken|leave|keep) (?:me|it|this|my name|my number|my (?:[a-z]+ )?(?:name|number)) (?:from|off|out)(?: [a-z0-9]+){0,3} ${ELSE}`,
    `(?:take|remove|took) (?:me|it|this|my name|my number) (?:from|off|out) (?:on )?${ELSE}`,
    `be (?:removed|taken off) (?:from )?(?:[a-z]+ )?${ELSE}`,
    "(?:was|were|got|been|why am i|who took me) (?:removed|taken off|off)|get removed",
    "remove (?:my )?(?:old|duplicate|last|other|previous|middle|first) (?:[a-z]+ )?(?:number|name|application|resume|text|one|address)?",
    "remove (?:that |last |a )?(?:last )?text",
    "i (?:[a-z]+ )?(?:put|gave|wrote|typed|entered|listed|texted|called|dialed|sent|have|had|think i) (?:[a-z]+ )?(?:[a-z]+ )?(?:[a-z]+ )?wrong",
    "(?:oops|whoops|my bad|disregard|ignore)(?: [.,])?(?: [a-z]+){0,4} (?:wrong (?:number|person|chat|one))",
    "wrong (?:person|number|chat|one)(?: [.,])* (?:my bad|disregard|ignore|i meant|that was for)",
    "(?:that|last) text (?:i sent )?(?:was (?:for|meant)|[.,] wrong)",
    "(?:i sent|last text) [.,]? ?wrong person|remove last text",
    // I'm not interested in nights, but days work.
    "(?:not|nolonger|isnt|aint|wasnt) (?:at |that |be |really )?interested (?:in )?(?:[a-z0-9]+ ){1,4}(?:[.,] )?(?:but|only|can|could|do|what|is there|i can|i could|would|days|however)",
    "(?:i|he|she|they) (?:was|were) not interested",
    // I never got the text, I didn't sign the offer.
    "(?:never|didnt) (?:sign|signed) (?:up for (?:insurance|benefits|orientation|training|class|overtime|shift)|form|offer|it|paper|papers|contract|for (?:insurance|benefits))",
    "(?:didnt|never) (?:give|gave) (?:two|2|my two|notice)",
    "(?:didnt|never) (?:ask|asked) (?:about|how|what|when|where|him|her|them)",
    "(?<!(?:no|or|dont|not|stop) )(?:text|texts|them) (?:or|and) (?:calls|emails)",
  ],
  stop: [
    "(?:dont|nolonger|not) (?:want|wish|care|like|choose) (?:to )?(?:be )?(?:a )?(?:part|participate|included|involved|subscribe|subscribed|enrolled)(?: in| this| to| with)*(?= (?:[.,]|this|text|list|it|again) )",
    "(?:dont|never|stop|no need to) (?:keep|keeping|leave|put|have|having) (?:me|my number) (?:on|in) (?:this |that |a )?(?:text |mailing |call )?(?:list|text)",
    "(?:decline|declining|reject|refuse) (?:to )?(?:be |get )?(?:text|texted)",
    "block me from",
    "(?:not|isnt) me (?:[.,] )?(?:stop|quit) (?:texting|sending|bothering)",
    "remove (?:from )?(?:this |that |my |text |mailing |call )*(?:list|text)(?! (?:up|i|of))",
    "remove (?:number )?[0-9]+",
    "(?:take|get|remove|pull) [0-9 ]+ (?:off|from|out)",
    "(?:get|take) my (?:name|number) (?:off|out)(?! (?:my|for|to|on|at|of my))",
    "no (?:calls|call|emails)(?: or| and| [.,])*(?: no)? text [.,]",
    "no text(?: or| and| [.,])*(?: no)? (?:calls?|emails?|voicemails?)",
    "(?:stop|quit) sending (?:them|it)",
    "leave (?:me|us)(?: [a-z]+){0,2} alone(?<!(?:they|people|kids|coworkers|dont|wont|he|she|it|boss) leave me alone)",
    "(?:like|want|prefer|wish|love)(?: to)? not(?: to)? (?:get|be|see|hear)(?: any)? (?:again|this|them|text|from you)(?! (?:again )?(?:late|wrong))",
    "(?:dont|never) (?:call|email) [.,] (?:dont )?(?:text|email|call)(?: [.,])?(?: or| and|dont|nor| )*(?:email|text|call|bother) (?:me|here|this number|[.,])",
    "tell (?:them|him|her|[a-z]+ [a-z]+) to (?:stop|quit) (?:texting|sending|bothering)",
    "(?:want|need|like|love|prefer|asked|ask)(?: to)?(?: be| get| come)? (?:off|out)(?: of)?(?: this| that| a)?(?: text| mailing| call| texting)? (?:list|text|thread|chat|group)",
    "(?:take|get|remove) (?:me|my number|this number) list",
    "(?:dont|nolonger|not) (?:want|need|wish|like)(?: to get| get)? again text",
    "(?:appreciate|want|like|prefer|request|wish)(?: for)? (?:no|nomore) text",
    "no text(?: is| are)? (?:wanted|needed|necessary|required|desired|welcome)(?! (?:for|to))",
    "(?:[.,]|please) (?:no|nomore) (?:job |this )?(?:offers|ads|spam|job alerts|job|this|solicitations|links)(?: (?:this|here))? [.](?= $)",
    "(?:done|through|over|finished) (?:with )?(?:get |all )?(?:this )?text(?= [.,] | from | remove )",
    "(?:want|have|wants?) (?:nothing|no part|not anything) (?:to do )?(?:with )?(?:you|this|text)",
    "remove (?:this one|us) (?:[.,]|from)",
    "(?:consent|permission)(?: is| has been| was)? (?:revoked|withdrawn|denied|rescinded)",
    "(?:you|youre|you are|company is) not (?:authorized|allowed|permitted|welcome) to (?:be )?(?:text|use|send|bother)",
    "(?:mind|consider|try) not (?:texting|sending|bothering)",
    "(?:texting|typing|replying|writing) stop(?= [.,] | and | so )",
    "(?:you(?:ve)?|were|been) (?:have )?(?:been |were )?(?:told|asked|warned) (?:to stop|not to (?:text|call|send))",
    "idk you dont text me",
    "(?<!(?:they|people|kids|coworkers|them|he|she|it|boss|bosses|managers|usually|always|dont|wont|never|to) )(?:leave|let) (?:me|my number|this number) alone",
    "(?:want|need|take me|get me) off(?: this| it)?(?= [.,] )",
    "(?:get|stay|keep|be) (?:off|out)(?: of)? (?:of )?my (?:[a-z]+ )?(?:number|line|inbox)|my number out(?: of)? (?:my |a )?(?:number|list|text|system)",
    "(?:exclude|omit|leave|keep|drop|cut) (?:me|my number|us|this number) (?:out|off|from)(?: of)?(?: (?:it|this|that|here|now)| [a-z]+)? ?(?:text|list|it|this|[.,])",
    "block (?:my|this) number",
    "(?:mark|list|flag|tag|note|put|set|add) (?:me|my number|this number|this|us)(?: down)? as (?:a )?(?:dont|dnc|do not|not|no|optout|removed|inactive|optedout)",
    "(?:dont|nolonger|not|never) (?:want|wish|need|like|care|wanting)(?: to)? (?:get |see |hear )*(?:text|anything|nothing) (?:from|for|to|about|at|on|[.,])(?! (?:home|far|else))",
    "(?:dont|nolonger) need (?:to )?(?:get )?(?:text|this text)",
    "(?:stop|quit) (?:adding|including|putting|signing|adding me|having) (?:me|us|my number|this number)",
    "(?:dont|stop|quit|never) (?:text|texting|send|bother|bothering)(?: text)?(?: to)? (?:his|her|their|hers|my (?:[a-z]+ )?(?:sons?|daughters?|kids?|wifes?|husbands?|moms?|dads?|mothers?|fathers?|family|childs?)) (?:number|[.,]|again)",
    "give (?:it|me) a (?:rest|break) with text",
    "(?:consider|take|accept|treat) this(?: as)?(?: a)?(?: my)?(?: formal| written| official| final)? (?:optout|request to (?:stop|be)|notice to stop|request for removal|notice|unsubscribe)",
    "(?:wrong number|not (?:my|his|her) number|my number)(?: [.,])? (?:but )?(?:please )?remove it",
    "(?:[a-z]+|[.,]) remove (?:it |this )?[.](?= $)(?<!(?:can you|to|i|you|we|can i|what|it|they|not|me to) remove (?:it |this )?[.])",
    // Stop texting me, stop calling and texting me, quit sending me this crap, stop blowing up my phone.
    `(?:stop|quit|stopping|discontinue|refrain from|avoid|done with|cease|dont continue|dont keep|end) ${FILL}${TEXTING}(?! (?:him|her|them|out to (?:him|her|them)|my (?:references|boss|ex|employer|job|friends?|brother|sister|coworkers?)) )`,
    `(?:stop|quit) ${FILL}send (?:me|this|that|text|spam|stuff|[.,])`,
    `(?:stop|quit|end|cancel|discontinue|turn off|shut off|disable|cut off|pause|suspend|terminate|knock it off with|cut it out with|enough(?: with)?|refrain from) (?:(?:it|this|that|with|my|job|recruiting|group|out|sending|me|a|text) ){0,4}${STUFF}(?= ${END})`,
    `stop get(?= (?:[.,]|text|this|them|${STUFF}))`,
    "turn (?:this |it )?(?:text |text )?(?:text|this) off",
    "stop and desist|(?:stop|quit) trying to (?:text|call|reach|get|bother|recruit)",
    "(?:[.,]|number|person|employed|looking|interested|job|retired|hired|deceased) remove (?:, )?[.](?= $)",
    "my number(?: [a-z]+| [.,]){0,4} remove it",
    "stop (?:everything|[.,] (?:remove|take) me)",
    "(?:appreciate|prefer|great|nice|thankful|grateful|love|thank|happy|glad|awesome|good|rather|helpful)(?: [a-z]+){0,5} (?:stopped|stop|didnt|dont|not|quit|removed|took)(?: being| be| to| me off| me| ever| you){0,3} (?:texting|text|sending|send|bothering|bother|texted|reach out|reaching|list|from list|from text)",
    "if you (?:could |would |can )?(?:stopped|stop|not|remove|removed|took|take) (?:texting|sending|text|bothering|me (?:off|from))",
    // I told you to stop, I asked you not to text me, I need these texts to stop.
    "(?:told|tell|telling|asked|asking|ask|begging|beg|requesting|request|requested|demand|demanding|said for|want|need|like|advise|advised|instructed|warned|urge) (?:you|that you|this company)(?: (?:people|guys|nicely|politely|twice|repeatedly|before|once)){0,2} (?:to |must )?(?:stop|quit)(?= (?:[.,]|now|it|this|text|texting|multiple|several|[0-9a-z]+ times|before|and|im|i) )",
    "(?:asked|told|asking|begging|tell|said|say|told you)(?: you)?(?: [a-z0-9]+){0,3} (?:times|now|before|repeatedly)(?: to)? stop(?= (?:[.,]|it|this) )",
    "to say stop",
    "i(?:ve| have)? (?:said|texted|replied|sent|wrote|typed|say|told you|keep (?:texting|saying|sending|typing)) stop",
    "(?:need|want|like|wish|demand) (?:this )?text(?: [a-z]+)? to (?:stop|end|cease)",
    "make (?:this |them |text )?stop(?= (?:now|[.,]) )",
    // Don't text me again, never contact this number, do not call or text.
    "(?<!(?:why|did|have|had|do) )(?:you|to|asked|told|rather|prefer|please|id) not (?:to )?(?:be texted|text (?:me|this|my|here)|send (?:me|text|again)|reach out|bother me|get text)",
    `(?:dont|never) (?:(?:you|dare|try|go|call|calling|email|bother|reply|respond|me|or|and|nor|to|be|attempt|continue|keep|start|come|over|back|send) ){0,6}(?:text|texting)(?= (?:${ME}|[.,]|again|back|or call|or email|nor|anything|nothing|it|im|i|unless you want|you|please|to me|to this|for|with me|about|regarding|nomore|job|because|cuz|cause|bc|her|him|them|this person) )(?! (?:(?:him|her|them|it) (?:yet|or|instead|about|today|tomorrow|first)) )`,
    "(?<!(?:it|that|nights|weekends|hours|lifting|[a-z]+ing|they|he|she|people|kids|this|i) )(?:dont|never) (?:you )?(?:bother|spam|stalk|solicit|ping|disturb|recruit) (?:me|my|this|here)",
    "(?:dont|never) (?:try to |attempt to )?(?:reach out|reach me|hit me up|hit my|hmu|blow up my)",
    "(?:dont|never) send (?:me |to me |this number )?(?:[.,]|again|text|spam|stuff|this|that|shit|crap|nothing|anything|job|a text|one|to this|here|them)",
    "(?:can|could|would|will|please) you (?:please )?(?:not|never) (?:be )?(?:text|texting|send|bother|reach)",
    "dont disturb [.,]",
    `(?:no need|dont need|nolonger need|dont have) (?:for )?(?:you )?(?:to )?(?:text|texting|reach out|keep texting|send)(?: me)?(?: text)? again`,
    // I don't want texts, no longer wish to be contacted, I'd rather not get texts.
    `(?:dont|not|nolonger|never|nor|didnt|wouldnt) (?:be )?(?:want|wish|like|care|consent|desire|agree|wanting|interested in|intend|trying|looking|want to|asking)(?: for| in)? (?:to )?(?:be |keep |get |see |again |have |having |continue |a |you |on |read |you to |me to |no |nomore ){0,5}(?:this |job |nomore |that |group |recruiting ){0,2}(?:text|texted|texting|bothered|spammed|solicited|spam)(?! (?:you|with (?!you)[a-z]+|or calls|my |customers|people|clients|him|her|them|jobs$))`,
    "(?:dont|nolonger|not) (?:want|wish|like) (?:to )?(?:keep )?(?:get|see)(?: (?:this|them|again|it))?(?= (?:[.,]|again|from) )",
    "(?:dont|nolonger) want (?:again|nomore|nothing else|anything else)(?= (?:[.,]|from) )",
    "(?:dont|not|nolonger|never) (?:want|wish|like|care|need) (?:you )?(?:to )?(?:be bothered|hear (?:anything |again |nothing )?from (?:you|this)|hear again|text me|keep texting|bother me|hear about)(?= |$)",
    "(?:dont|never|not) (?:want|wish|like|care) to (?:be )?(?:on |in |part )(?:a |this |that )?(?:text |mailing |text |call |calling |texting |group )?(?:list|chat|text)",
    "(?:dont|never) want (?:you texting|anything from you|nothing from you|this company|anything to do with you|you (?:to )?(?:text|bother|keep)|my number on)",
    "(?:want|get|take) (?:me )?(?:off|out) (?:this |that )?(?:text |mailing |call |calling |texting |group )?(?:list|chat|thread)",
    "(?:rather|prefer|like|want|wish|rather you|prefer you)(?: you)?(?: to)? not(?: to)? (?:be texted|get (?:text|this|them|spam)|text me|be bothered|be on (?:this|list))",
    `nomore (?:this |that |job |it |group |recruiting |a ){0,3}(?:text|texting|spam|sending|offers|calls|calling|jobs?(?= (?:[.,]|offers|text) ))`,
    "(?:[.,]|thanks|job|interested|looking) no text (?:, )?[.](?= $)",
    "(?:revoke|revoking|withdraw|withdrawing|rescind|rescinding|revoked) (?:my |every |previous )?(?:consent|permission|authorization)",
    "(?:dont|not) (?:have |give |giving |grant |got )(?:you |my )*(?:permission|consent|authorization|authority|right)(?: to)?(?: be)?(?: keep)? (?:text|texted|texting|send|use|bother)",
    "(?:dont|not) (?:consent|authorize|agree|allow|permit) (?:you |to |this |being |be |for )*(?:text|texting|texted|send|sending)",
    // Take me off your list, remove my number, lose my number, put me on the do not call list.
    `(?:take|get|remove|pull|leave|keep|knock|kick|want|like|removing) (?:${WHO} )(?:off|out|from|removed from|taken off|taken out|removed)(?: (?:of|this|that|whatever|text|texting|mailing|call|calling|email|job|group|my|a|contact|phone|number|sms|recruiting|every|candidate|any|future|which)){0,4} (?:${LIST}|it|everything|here|communications)`,
    `(?:take|get) (?:me|my number|this number|my name|number) off(?: this| that| it)?(?= ${END})(?! (?:at|for|on|to|early|from (?!text|list|this|you)))`,
    "(?:take|get) (?:me|my number|this number|my name|number) out(?: of)?(?: this| that| it)?(?= [.,] )",
    `remove (?:me|my number|this number|my name|my text(?: info| number)?|number|my [a-z]+ number|my info and|it from)(?: from(?: this| it| you| here| everything| whatever this is| that| this company| all)?)?(?= ${END})(?! from (?:my|a)| as )`,
    "(?:remove|delete) me",
    `(?:remove|lose|loose|forget|misplace|trash|throw away|toss|destroy|discard|get rid) (?:my|this|that) (?:[a-z]+ )?(?:number|text)(?! (?:list|was|is) )`,
    "forget (?:you |that you |about )?(?:had |have |got |ever )*my number",
    `(?:be|being|get|gets|am|is|are|have|had|want|need|like) (?:my number |me |my name |this number )?(?:removed|taken off|taken out)(?: from)?(?: this| that)?(?: mailing| text| call| job| texting| calling| texting| group| sms)*(?= (?:[.,]|list|text|asap|now|from|again) )(?! from (?!list|text|this|here|you)[a-z]+)`,
    `(?:requesting|request|requested|asking|want|demand|for) (?:for )?(?:immediate )?(?:removal|to be removed|my removal)`,
    "(?:put|add|place|get|include) (?:me|my number|this number|number) (?:on|to|in|onto) (?:a |this |that )?(?:dont (?:call|text|disturb|bother)|dnc|no (?:call|text)|optout|blacklist|block list|do no)",
    "(?:stay|keep) (?:off|out) my (?:number|line|inbox|text)",
    // Unsubscribe me, I want to opt out, opt me out.
    `unsubscribe (?:me|my|this|now|text|[.,]|im|not|i)(?! (?:(?:from (?:email|emails|newsletter))|emails?) )`,
    "unsubscribe (?:from )?(?:[.,]|this|text|texting|you|it|list|everything|all|sms)",
    "(?:want|like|wish|need|going|choose|please|trying|have|id|request|yes|about you|you) (?:to )?(?:be )?unsubscribe(?! (?:(?:from )?(?:emails?|newsletter)) )",
    "(?:i|im|am) unsubscribe",
    `(?:to|i|im|am|be|now|choose|we|ive|wish) optout(?= (?:${END}|text|this|from|now|get|list))(?! (?:from (?:overtime|direct|health|dental|insurance|emails?|benefits)) )`,
    "opt (?:me|my number|this number|us) out",
    "(?:[.,]|interested|yes|number) optout (?:[.,]|text|this|from|now|get|my number|me|sms|list)",
    // Leave me alone.
    "(?:[.,?]|and|now|no|number|interested|you|you to|to|so|but|do|or|would|could|can you|will you) (?:leave|let) (?:me|my number|my inbox|this number) (?:alone|in peace|be(?= [.,] ))",
    "be left alone",
    "(?:fuck|fck|fk|piss|f|eff|bug|bother|buzz|sod|bugger|back|screw|hop) off(?! (?:my (?:car|truck)|work|at) )(?= )",
    "fuck off",
  ],
  bareStop: [
    `(?:[.,]|number|person|guy|interested|looking|job|you|hired|retired|driving|working|work|employed|dead|name|yes|scam|spam|annoying) (?:(?:now|and|no|man|text) ){0,3}stop (?:(?:now|it now|man|all this|contact) ){0,2}(?:[.,]|im|i am|i dont|i found|i got|i have|i already|i do|ive|not|wrong|have|no|dont|got|found|or|hired|working|because|cuz|nomore|you have|its|with all)`,
  ],
  stopWords: "stop unsubscribe optout nomore discontinue desist terminate",
  doubtWords:
    "exit cancel end quit revoke remove removed enough spam scam scammer scammers nothanks",
  besides: "now no nope you and right i said man text me again wrong number employed",
  doubt: [
    "[.,] (?:i )?(?:dont|nolonger) want [.](?= $)",
    "(?:said )?no stop [a-z]+ing",
    "[.,] block me(?= [.,])",
    "(?:dont|nolonger) (?:need|want) (?:services?|assistance)",
    "(?:dont|stop|never) (?:save|saving|store|storing|sell|selling) my (?:number|info|information|data)",
    "(?:stop|quit) (?!by|in)[a-z]+ing?(?: [a-z]+){0,2} (?:me|my number|us)(?! (?:in|an|a) )",
    "want out [.](?= $)",
    "[.,] no (?:soliciting|solicitors|solicitation|solicitations|marketing|advertising)(?= [.,])",
    "(?:stop|quit) (?:marketing|advertising|selling)",
    "(?:me|us|my name|my number|number|be|get|want|name)(?: [a-z]+)? off (?:[a-z]+ ){0,3}(?:list|text|texting|thread)",
    "remove (?:[a-z0-9]+ ){1,5}(?:from|off)(?: [a-z]+){0,2} (?:list|text)",
    "want (?:this|text|for text|for this)(?: [a-z]+)? (?:to )?stop|like (?:for )?(?:this|text) to stop",
    "text (?:me )?(?:one|1) time",
    "(?:not|i|ever|part of|saying|say|word|my) (?:say |said )?stop(?= (?:[.,?]|dont|do) )",
    "(?:chance|time|warning) to stop",
    "[.,] (?:go )?(?:text|bother|harass|spam) (?:someone|somebody) else|find (?:someone|somebody) else to (?:text|bother)",
    "gtfo|stfu|get me out here|get me out of here",
    "(?:dont|never|not) (?:(?!mind|care|hate|object|want|have|get|know|like|see|work|drive|sure|only|just|you|a|been|i|if)[a-z]+ ){0,2}(?:texting|bothering|sending) (?:me|this number|text)(?! (?:back|when|if))",
    "(?:dont|never|stop|quit) (?:use|using|dial|dialing) (?:this|my) number",
    "(?:unwanted|unrequested|uninvited) (?:text|texting)|text(?: are| is)? (?:unwanted|not wanted|not welcome|unwelcome)",
    "stop(?: you)? (?:dumb |stupid )?(?:bot|robot|ai|scammers?|spammers?)|(?:bot|robot|robots) stop",
    "nothing (?:further|else) (?:from you|needed from you)",
    "(?:were|hes|shes|theyre|he is|she is|we are|we) not interested(?= [.,])",
    "can i get off(?: this)? list",
    "(?<!(?:a|bus|train|which|what|my|next|last|one|full|dont|cant|wont|never|not|i|we|they|it|he|she|non|didnt|to|you|line|shift|that|same|first|final|pit|truck) )stop (?:now |please |it |again )?[.](?= $)",
    "stop [.](?= $)(?<=(?:you|this|text|it|please|just|that) (?:to )?stop [.])",
    "optout",
    "my number(?: [a-z]+){0,3} (?:remove|block)",
    "(?:dont|never) (?:text|bother|send)(?: text)? (?:his|her|their|my (?!boss|job|employer|current|old|work|manager|references|ex|supervisor|coworkers|company|previous|former|last|friends?)[a-z]+|this|us)",
    "how (?:do|can|could) i (?:remove|take|get) (?:me|myself|my number|my name) (?:from|off|out)|(?:take|remove|get) people off|can i get off (?:this )?list|how (?:do|can) (?:i )?(?:get|be|i be) (?:removed|taken off|off (?:this )?list)",
    "(?:i|we)(?: just)? (?:got|have) (?:a )?(?:new|this) number(?= [.])(?<!my new number)(?<=this number)|new owner|used to be (?:someone|somebody|another)[a-z ]* number",
    "who (?:signed|put|added|gave) (?:me|my number)(?: up| on| to| for)+ (?:this|list|text)",
    "text (?:cost|costs|are costing) me|only text (?:me )?(?:during|between|after|before)",
    "(?:were|hes|shes|theyre|he is|she is|we are) not interested(?= [.])",
    "(?:nolonger|not) (?:in|on) (?:job )?market",
    "(?<=^ )[.] (?:no [.,]? ?)?(?:not|nolonger) looking(?= [.,])",
    "(?:dont|nolonger) want to work (?:for|with) (?:you|this)",
    "(?:withdraw|take|remove|pull) (?:me|my name) (?:from|out)",
    "(?:want|need|like|have) my (?:application|info|data|number|account|profile|resume) (?:removed|withdrawn|closed)",
    // Who is this? stop. Stop it, make it stop, you need to stop, I want this to stop.
    "[.,?] (?:(?:now|and|no|nope|but|or|then|lol|haha|well) ){0,3}(?:stop|unsubscribe|optout)(?! (?:being|worrying|wondering|knowing) )",
    "(?:stop|quit) (?:it|this|that|bullshit|nonsense|crap)(?= (?:[.,?]|now|me|my|again|or|please) )",
    "(?:you|it|this|that|must|should|better|said|or|and|can|now|to) stop (?:[.,?]|now)",
    "(?:need|needs|have|has|got|want you|want this|want it|text|you) to (?:stop|end) (?:[.,?]|now|this)",
    "make (?:it|this|them|text|you) stop",
    "when will (?:this|it|you|text) (?:stop|end|quit)",
    "(?:get|for|make) you to (?:stop|quit)|will you (?:please )?(?:ever )?stop|text to stop|you (?:please )?stop",
    `(?:stop|quit|dont) ${FILL}(?:texting|bothering|calling|emailing|sending|contacting)`,
    "(?:unsubscribe|optout) (?:[.,?]|from (?!email)|me|text)|to (?:unsubscribe|optout)(?= [.,?] )",
    "end (?:this|our) (?:text|conversation|chat|thread)",
    "(?:cancel|close|end) my (?:subscription|membership|enrollment)",
    // I never signed up, don't call me again, remove my data.
    "(?:never|didnt|dont remember|havent) (?:even )?(?:sign|signed|signing|subscribe|subscribed|ask|asked|agree|agreed|consent|consented|opt|opted|request|requested|give|gave|given|applied|apply|provide|provided|authorize|authorized|authorized|registered|register|enroll|enrolled|want|wanted)( for| to| in| on| up| you| my| a| any| permission| with| be){0,4} (?:this|text|number|in|up|be texted|consent|job|company|texted|texting|permission|you|here|that|it|any|anything|these)(?! (?:one|driver|position|shift)|[a-z ]* (?:applied|but))",
    "(?:dont|never) (?:call|email|phone)(?: me| this number| my number| here)?(?= (?:[.]|again|this number|my number) )(?! (?:before|after|at|until|while|during|when) )",
    "(?:stop|quit) (?:calling|emailing)(?: me| this number| my number)?(?= (?:again|[.,?]|at) )",
    "[.,] no (?:text|calls or text) [.](?= $)",
    "text needed|not (?:be )?(?:need|needed) text",
    "(?:dont|never|nolonger|no) need (?:you )?(?:to )?(?:text|contact|reach out)",
    "(?:remove|cancel|close|withdraw|pull|delete) (?:my |my entire )(?:[a-z]+ )?(?:info|information|data|account|details|profile|application|records|candidacy|name|submission|resume)(?! (?:(?:and|but) (?:use|keep|add)) )",
    "remove (?:me|my number|my name|number)|take (?:me|my number|my name|this number|us) (?:off|out)(?! (?:nights|sundays|saturdays|sunday|saturday|weekends|for|to|on|monday|[a-z]+days?|days|mornings|shift) )",
    "(?:be|am|get|being) removed",
    "(?:take|remove) me (?:out|from)",
    // Wrong number: the person who has the phone now never asked for texts.
    "wrong (?:number|person|guy|girl|man|woman|lady|one|dude|contact|text|human|individual|recipient)(?! (?:on (?:my|the)|in my|of) )",
    "(?:incorrect|mistaken) (?:number|person)|number (?:is )?(?:incorrect|wrong)|(?:not|arent) (?:who|person) you|have (?:me|number) (?:confused|mixed)",
    "(?:not|isnt|nolonger|never was|aint|not longer) (?:his|her|their|my|a|right|[a-z]+s|who you|person you|number for) (?:number|person|think|looking|want)",
    "(?:no one|nobody|noone|no body|there is no|theres no|no|dont know (?:a|any|anyone|anybody|who)|isnt a|dont know)(?: (?:here|one|person))?(?: [a-z]+)? (?:by|named|here|at this number)(?! (?:(?:name )?(?:at|in|when|to|on|yet|for)) )",
    "(?:he|she|they|person|owner|(?!i )[a-z]+)(?: is| has|s)? (?:nolonger|doesnt|dont) (?:has|have|own|uses|use|owns) (?:this|that) number",
    "(?<=^ )[.] (?:no [.,] |no |sorry [.,] )?(?:this is not|this isnt|this aint|im not|i am not) (?![a-z]+ing )(?!interested|sure|able|available|working|looking|going|feeling|a|my|that|here|there|home|free|mad|really|ready|his|quite|driving|too|only|having|near|far|getting|late|worried|allowed|currently|yet|new|coming|what|how|who|right|fair|your|doing|bad|it|enough|over|very|happy|seeing|mine|well|local|scared|married|old|again|much|fully|planning|where|gonna|if|because|cool|joking|kidding|lying|great|like|qualified|strong|big|good|fine|this|no|true|possible|urgent|easy|fun|for|job|work|me|us|nice|legit|real|worth|spam|scam|from|at|in|on|cold|hard|far|cheap|close|bilingual|certified|licensed|disabled|pregnant|sick|tired|picky|fluent|retired|done|hungry|busy|perfect|ideal|clear|correct)[a-z]{2,}(?: [a-z]+)?(?: number)? [.](?= $)",
    "(?:^ [.]|[.,]) (?:he|she|they) (?:died|passed away|is deceased|is dead|passed)(?= (?:[.,]|last|in|years|a|[0-9]+|remove) )(?! (?:(?:so|and) i) )",
    // Not interested, I don't need this, not looking anymore, withdraw my application.
    "(?:not|nolonger|isnt|aint|never|wasnt) (?:at |that |be |in the least |remotely |even )?interested(?= (?:[.,?]|again|at|right|but no|no|stop|i|im|anything|what|you|job|and|by|bye|nor|leave|do|dont|remove|now|working|a) )",
    "(?:not|nolonger|isnt|aint|never) (?:at |that |be )?interested in (?:this|that|a|job|position|role|offer|offers|company|opportunity|it|anything|what|you|working|position|your|text|applying|being|pursuing|work)(?! (?:shift|schedule|but|location) )",
    "uninterested|(?:no|zero) interest(?! in (?!this|your|it|what|a job|working))|not intrested",
    "(?:dont|nolonger) (?:need|want) (?:this|it|that|a job|job|work|you|nothing|help|anything|you help|what you)(?: job| position| from you)?(?= (?:[.,?]|again|right|from|im|i|leave|stop|so|thanks|and) )(?! (?:i (?:need|want)|and i) )",
    "(?:not|nolonger|isnt|aint) (?:actively |currently |even )?(?:looking|searching|hunting|seeking)(?: for)?(?: a| new| another| any| other){0,2}(?: job| work| position| employment| anything| opportunities| jobs)?(?= (?:[.]|again|right|at|now|and|thanks|nor|, (?:i|im|ive|stop|remove|please|thanks|have|not|got|good|bye)) )(?! (?:(?:and|but) (?:i can|can)) )",
    "remove (?:me|my name|my application) (?:from|out)",
    "(?:withdraw|pull|cancel|rescind) my (?:application|name|candidacy|submission|interest)|withdraw my",
    "(?:out|off) (?:of )?consideration",
    // This is spam, I'll report you, my lawyer.
    "[.,?] (?:fucking )?(?:spam|scam|spammer|spammers|scammer|scammers|fraud)(?= [.,] )(?! [?] )",
    "(?:this|its|it|is|as|are|like|such|report|reported|bunch|more|reporting|youre) (?:is |a |it |as |an |you |number as )?(?:spam|spammer|spammers|scammer|scammers)(?! [?] )",
    "(?:this|its|it|youre|you) (?:is |are )?(?:a |an )?(?:scam|fraud|phishing)(?! [?] )(?= [.,] )",
    "(?:report|reporting|reported) (?:you|this number|this text|as|this(?= [.,] )|it to|number|to (?:fcc|ftc|police|bbb|carrier))",
    "(?:block|blocking|blocked|sue|suing) (?:you|this|number|and)|[.,] (?:blocked|blocking)(?= [.,] )|youre blocked|be blocked",
    "(?:fcc|ftc|tcpa|(?:call|talk to|hear from|texting|text|contact|get|hired?|from|with) my (?:lawyer|attorney)|legal action|better business bureau|attorney general|restraining order|dont (?:call|text) (?:list|registry)|donotcall|dnc)",
    "(?:call|calling|contact|text) (?:police|cops|my lawyer|authorities)",
    "(?:is|its|this|considered|as|of|considered a) (?:harassment|illegal|a violation|trespassing|stalking)(?= (?:[.,]|and|i|stop) )",
    "(?:if|when|next time) you (?:text|texting|bother|call|send|reach out|try)(?: to)?(?: me| text me| another text| this number)? (?:again|one more)",
    "text (?:me )?again (?:and|i|ill|im)|text (?:will|would) be (?:considered|reported|treated)|next text and",
    // Why do you keep texting me, I'm tired of these texts, you are annoying.
    "(?:why|you|they|people|company|stop|[a-z]+ing) (?:do |are |is |you |they |people |did |does ){0,3}(?:keep|keeps|constantly|continue to|continually|always|kept) (?:on )?(?:text|texting|send|sending|bothering|spam|calling|bothering)",
    "why (?:are|is|do|r|did) (?:you|they|this number|this company|people)(?: even)? (?:texting|bothering|sending|text|harassing|contacting)(?! (?:my|him|her|so late) )",
    "(?:why|how) (?:am|do|did|are) (?:i|you) (?:keep )?(?:get|gets|on)(?= [.,?] )|(?:why|how) (?:am|do|did|are) (?:i|you) (?:keep )?(?:get|gets|on)(?: on)? (?:text|this(?= (?:[.,?]|text|again) )|list|a text)(?! (?:email|error) )",
    "i (?:keep|still|constantly) get (?:text|this|spam)(?! (?:error|from my) )",
    "(?:tired|sick|fed up|annoyed|bored|done|enough|over|irritated) (?:with |by |get |seeing |you |being |from |reading ){0,3}(?:text|texting|spam|texted|bothered)(?= (?:[.,?]|text|me|every|all|and|from|stop|texting|people) )",
    "(?:tired|sick|fed up|over)(?: with)? (?:this|it)(?= (?:[.,?]|text|spam|crap|shit) )",
    "(?:text|its|this|it|so|you|youre|ur|youre getting|people)(?: people)?(?: are| is| getting)? (?:so )?(?:bothering|annoying|bothersome|intrusive|unwanted|ridiculous|relentless)(?= (?:[.,]|me|and|as|please|stop|text) )(?! (?:me (?:so|but|today|at)|[?]) )",
    "(?<!sent (?:you )?)(?:many|much|constant|nonstop|unwanted|random|endless|countless) text(?! (?:do|does|per|should|will|a|can|i|since) )",
    "text too much|you text much|way many text",
    "[.,?] (?:(?:so )?annoying|bothering|dont bother reply[a-z]*|dont reply|dont respond|dont bother respond[a-z]*)(?= [.,])",
    "[.,?] (?:go away|shut up|enough|knock it off|cut it out|back off|get lost|fuck you|fuck u|screw you|get a life|take a hike|beat it|scram|shoo|quit it|give it a rest|give up|lay off|drop dead|buzz off|kick rocks|go to hell|go bother|no means no|do one|on your bike)(?= (?:[.,?]|with|man|and|someone) )",
    "(?:lose|forget) (?:this|my) (?:number|contact|info|text)|not (?:to )?be (?:text|texted|bothered)",
    "(?:leave|let) (?:me|us) (?:alone|in peace)",
    "(?:harassment|harassing|harrassment)(?= [.,] )",
    "(?:hit|texted|bothered|wasting) (?:my time|me enough)",
    "unsubscribe",
  ],
};
