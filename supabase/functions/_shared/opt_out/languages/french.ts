/**
 * Opting out in French, of France as of Québec.
 *
 * @module
 */
import type { Language } from "../language.ts";
import { forms } from "../plain_words.ts";

const NO = "(plus|pas|jamais)";

/** What people no longer want to be sent. */
const SENT =
  "(message|offre|mail|spam|ca|cela|chose|connerie|merde|trucs?|betise|cochonnerie|niaiserie)";

/** Another time or place: not now is not never. */
const TIME =
  "(aujourd hui|aujourdhui|auj|soirs?|soiree|nuits?|matins?|midi|apres|avant|pendant|durant|quand|tant que|jusqu|jusque|entre|lorsque|si|sauf|mais|demain|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|weekends?|week end|fin semaine|semaine|maintenant|pour (instant|moment)|a (heure|minuit|midi|mon travail|job|[0-9]+ ?h?)|au (travail|boulot|bureau)|trop|aussi|tard|tot|journee|semaine|dehors|cours|anglais|pleine|chez|vacances|mois|periode|jours|[0-9]+ ?h(eures)?)";

/** "Do not text me", in each of the ways to say it. */
const DO_NOT_TEXT = [
  // ne m'écrivez plus, m'écris plus jamais
  `(ne )?me ecrire ${NO}( jamais)?`,
  // écrivez-moi pas, textez-moi plus
  `ecrire moi ${NO}( jamais)?`,
  // ne m'envoyez plus de messages, m'envoyez plus rien, envoyez-moi pas de textos
  `(ne (me )?|me )envoyer (moi )?${NO}( jamais)?( rien| aucun| autres?)* ${SENT}`,
  `(ne |me )*envoyer (moi )?${NO} (jamais )?rien`,
  "ne me envoyer plus (travail|mission|missions) [.,]",
  `envoyer moi pas( aucun| autres?)* message`,
  // merci de ne plus me contacter, plus me contacter svp, ne plus être contactée
  `ne ${NO} (jamais )?(me )?(ecrire|embeter|parler)`,
  `(plus|jamais) me (ecrire|embeter)`,
  `ne ${NO} (jamais )?(me )?envoyer( rien| aucun| autres?)* ${SENT}`,
  `plus (me )?envoyer( rien| aucun| autres?)* message`,
  `ne ${NO} (jamais )?etre (ecrire|embeter)`,
].join("|");

/** Jobs, shifts and papers, of which people are taken off as well. */
const WORK =
  "(planning|horaires?|shifts?|nuits?|jours?|samedis?|dimanches?|quarts?|equipe|poste|travail|liste (attente|nuit|candidats?|remplacement)|chantier|mission|formation|mutuelle|pole|agence|mon (agence|bus|ancien|autre|abonnement)|bus|france travail|cours|session|atelier|entretien|entrevue|salle|gym|ecole|syndicat)";

/** French, as recruits write it. */
export const FRENCH: Language = {
  name: "French",
  apostrophes: "split",
  phrases: [
    ["s il (vous|te|v) pla?it", ""],
    ["sil (vous|te|v) plait", ""],
    ["s v p", ""],
    ["s t p", ""],
    ["s t o p", "stop"],
    [
      "(tout suite|tout de suite|des que possible|sans delai|(le |au )?plus (vite|tot|rapidement)( possible)?|a l avenir|a avenir|en general|du tout)",
      "",
    ],
    ["sans (cesse|arret)", "toujours"],
    [
      "(bonne|belle|excellente) (journee|soiree|continuation|fin de (journee|semaine)|nuit|chance|recherche|apres midi)( a (vous|toi|tous))?",
      "",
    ],
    ["(aucun|aucune) (interet|interets)", "pas interesse"],
    ["ne (veux|souhaite|desire|voudrais) aucune?", "ne $1 plus"],
    ["(veux|souhaite) aucune?", "$1 plus"],
    ["(faire|fait|faites|fais|font) chier", "embeter"],
    ["cass(er|es|ez) les (pieds|couilles|oreilles|noix)", "embeter"],
    ["(plus|recevoir|souhaite|envoyez|envoyer|envoie|voir) aucune?( autre)?", "$1"],
    ["aucune? (autre )?(message|messages|sms|texto|textos|msg)", "pas message"],
    ["aucun contact", "pas contact"],
    ["([.,]) (non|nan) stop ([.,])", "$1 $2 , stop $3"],
    ["non stop", "nonstop"],
    ["(ce |ces |cette |tout |un )?(genre|genres|type|types|sorte|sortes|style) (de|d)", ""],
    ["aucune envie", "pas envie"],
    // A sign, a place, hitch-hiking, and English, which is judged as English.
    ["(le|au|du|un|auto|panneau|prochain|dernier|en|fais|apres|avant) stop", "lestop"],
    [
      "(to|the|a|my|bus|last|next|shift|line|dont|t|not|never|ever|i|you|we|they|it|he|she|can|will|should|must|wont|cant|and|me|please|then|work|or|one|pit|that|this|what|where|which|did|does|do|text|number|person|interested|now|traffic|train|no|full|your) stop",
      "lestop",
    ],
    ["de?m(envoy[a-z]*|ecri[a-z]*|appel[a-z]*)", "m $1"],
    ["(de|vous|tu) m (en )?envoyer (plus|davantage)", "-"],
    ["(deg|debarr)a(ssez|gez)( vous)? (de )?mon", "supprimez mon"],
    ["on arret(e|ons) (la )?(les|vos|ces|tous|avec|tout)", "arretez $3"],
    ["que personne ne", "ne"],
    ["(qu|que) (on|il|ils|elle|l on)", "quevous"],
    ["sous aucun pretexte", "jamais"],
    ["(d|les?|une?) autres? (message|messages|sms|textos?|offres?|annonces?)", "$2"],
    [
      "ne (me|nous) (derang|embet|harcel|importun|emmerd|achal|ecoeur|solicit|sollicit)(ez|er) (pas|plus)",
      "ne me ecrire plus",
    ],
    ["j arrete mon abonnement", "resilier mon abonnement"],
    [
      "(pas|jamais) (demande|dit|voulu) (a|d|de|que|m|me) (arret[a-z]*|me|m|etre|vous|desabonn[a-z]*)",
      "pas demandea $3",
    ],
    ["m(ettez|ettre|ettons|ette|ets) (un terme|fin|un frein) (a|aux?)", "arreter"],
    ["(prise|prises) de contact", "message"],
    ["(plus jamais|jamais plus)", "plus"],
    ["pour (de )?(bon|toujours)", ""],
    ["(va|allez) (t|vous) en", "degage"],
    // Words that are written as one: jveux, menvoyez, darreter.
    ["j(veux|veu|voudrais|souhaite|aimerais)", "j $1"],
    ["m(ecri[a-z]*|envo[iy][a-z]*|appel[a-z]*|embet[a-z]*|harcel[a-z]*)", "m $1"],
    ["n(ecri[a-z]*|envo[iy][a-z]*|appel[a-z]*|arret[a-z]*)", "n $1"],
    ["d(arret[a-z]*|envoyer|ecrire)", "d $1"],
    // Who asks says what follows.
    ["(je|j) (vous|te|t) (le )?(demande|prie|supplie|ordonne|somme)( donc| encore)?( de| d)?", ","],
    [
      "(je|j) (vous |te |t )?(l )?ai (deja |bien )?(dit|demande|ecrit)( deja| plusieurs fois| [0-9]+ fois)? (de|d|que)",
      ",",
    ],
    ["(est ce|parce|alors|puis|puisque|depuis) que (vous|tu|on|ils)", "vous"],
    ["est ce que", ""],
    ["que (vous|tu|t|on|l on|votre (agence|entreprise|compagnie|societe))", "quevous"],
    ["(je|j) (vous|t|te) en (prie|supplie|conjure)", ""],
    ["mes (coordonnees|numeros|infos de contact)", "mon numero"],
    ["(base|bases) (de |d )?donnees?", "liste"],
    ["(boite|boites) (vocale|vocales)", "vocal"],
  ],
  synonyms: {
    ne: "n",
    me: "m nous",
    vous: "tu te t toi vs",
    je: "j jsuis",
    moi: "moe moa mwa",
    non: "nan nope nah",
    plus: "pu pus plu plsu puls pluss",
    pas: "point po",
    stop: "stopp stops stpo sotp sstop stoop sto",
    message:
      "messages msg msgs mess mesage mesages messsage sms texto textos text texts txt txts mms notification notifications notif notifs alerte alertes communication communications sollicitation sollicitations promotion promotions promo promos pub pubs publicite publicites relances textoes demarchage demarchages prospection pop",
    mail: "mails email emails courriel courriels",
    offre: "offres annonce annonces proposition propositions",
    spam: "spams",
    ecrire:
      "ecris ecrit ecrits ecrivez ecrive ecrives ecriviez ecriver ecriveze ecrie ecrir texter textez texte textes textiez contacter contactez contacte contactes contactee contactees contactiez contacts recontacter recontactez recontacte recontactes recontactee recontactiez relancer relancez relance relancee relanciez solliciter sollicitez sollicite sollicites sollicitee sollicitiez joindre joint jointe joignez rejoindre rejoignez rappeller " +
      forms(
        "text contact recontact relanc sollicit joign rejoign demarch inform",
        "e es ez er iez ee ees ait",
      ),
    embeter:
      "embetez embete embetes embetiez harceler harcelez harcele harcelee harceles harceliez harcelez deranger derangez derange derangee derangiez importuner importunez importune importunee emmerder emmerdez emmerde ennuyer ennuyez ennuie achaler achalez achale ecoeurer ecoeurez gosser gossez gosse spammer spammez spamme spamer spamez bombarder bombardez souler saouler soulez saoulez gonfler gonflez gaver gavez polluer polluez persecuter persecutez insister " +
      forms(
        "embet harcel derang importun emmerd achal ecoeur goss spam spamm bombard persecut",
        "e es ez er iez ee",
      ),
    envoyer:
      "envoyez envoie envoies envoye envoyes envoyee envoyiez envoiez envoier envois envoi envoy envoyait envoye adresser adressez transmettre transmettez " +
      forms("envoy envoi renvoy propos", "e es ez er iez ee ees ait ie iez ier"),
    arreter:
      "arretez arete aret arett arrete arretes arretiez arreterez arretter arrettez cesser cessez cesse cesses cessiez stopper stoppez stoppe stoper stopez stope " +
      forms("stopp suspend interromp desactiv cess termin", "e ez er re es iez") + " " +
      forms("coup", "ez er ons") + " " +
      forms("finiss", "ez ons"),
    appeler:
      "appelez appelle appelles appele appel appels appeliez telephoner telephonez rappeler rappelez rappelle",
    recevoir: "recoive recoives recevrai recevrais resevoir recevoire recevoirs",
    veux:
      "voulais voulait voulions voudrions souhaitais desirais veut veu veus voulons souhaite souhaites souhaitons desire desirons accepte acceptons autorise autorisons consens tiens",
    voudrais: "voudrai aimerais aimerai souhaiterais souhaiterai prefere prefererais apprecierais",
    desabonner:
      "desabonnez desabonne desabonnes desabonnee desabonnement desabonnements desabonnent desinscrire desinscrivez desinscris desinscrit desinscrite desinscription desinscriver",
    enlever:
      "enlevez enleve enleves enlevee enleviez retirer retirez retire retires retiree retiriez supprimer supprimez supprime supprimes supprimee supprimiez suprimer suprimez suprime effacer effacez efface effaces effacee effaciez oter otez ote rayer rayez raye radier radiez sortir sortez sors virer virez vire eliminer eliminez elimine exclure excluez detruire detruisez bannir bannissez " +
      forms(
        "enlev retir supprim suprim effac radi ray biff elimin vir ot",
        "e es ez er iez ee ees",
      ),
    liste:
      "base bases listes listing fichier fichiers repertoire repertoires contacts systeme registre registres diffusion whatsapp groupe groupes canal mailing carnet",
    numero: "tel telephone numeros num nums cell cellulaire portable coordonnees",
    laisser: "laissez laisse laissiez laisses lesser lessez laise laisez",
    interesse:
      "interessee interesses interesser interessees interrese interresse interressee interrese interresser interese",
    travail: "emploi job boulot postes taf taff poste offre emplois",
  },
  idle:
    "svp stp merci mrc mci bonjour bonsoir bjr bsr slt salut allo coucou hello hi desole desolee pardon vraiment sincerement immediatement rapidement donc ok okay madame monsieur mme mr messieurs cher chere encore deja bien tout tous toute toutes vos votre tes ton ta ces ce cet cette leur leurs le la les l un une des de d du simplement juste veuillez priere tres franchement bordel putain tabarnak tabarnac criss crisse esti osti calisse ostie calice sacrament cordialement gentiment aussi desormais dorenavant definitivement serieusement serieux please pls en immediat immediate immediats definitif definitive total totale totalement wesh wsh yo heu euh frere mec mecs bro surtout aucun aucune aucuns pitie bye tchao ciao adieu ben bah hein eh sale sales foutus foutu maudits maudit automatique automatiques commerciaux commercial commerciales publicitaires publicitaire indesirables incessants frero gars mec",
  typos:
    "arretez arreter messages desabonnez desabonner desinscrire ecrivez envoyez recevoir contactez contacter numero",
  notTypos:
    "arrivez arriver massages massage arreter arretez message messager contracter arrete recever envoyer",
  elsewhere: [
    "(qui|ai|as|avez|ont) (a )?(quitter|quitte) liste",
    "(elle|il|mari|femme|soeur|frere|ami|amie|copain|copine) (ne )?(cherche|est) (pas|plus)( interesse)?( [.,])? mais (moi|je)",
    // this one does not interest me, do you have another?
    `interesse ${NO}( [a-z]+){0,3} [.,?]( [a-z]+){0,4} (autres?|sinon|plutot)`,
    // write to me later, more details
    "plus (simple|facile|rapide|pratique|tard|souvent|vite|tot|bas|haut|loin|longtemps|precis|detail|details|info|infos|information|informations|questions?|temps|renseignements?)",
    // why don't you write to me? nobody wrote to me, if you don't write to me before Friday
    `(si|pourquoi|comment|quand|personne|qui|il|elle|ils|elles|on|patron|chef|agence|recruteur|parce) (vous )?(ne )?(me )?(ecrire|envoyer|embeter|appeler) ${NO}`,
    `pourquoi (vous )?(ne )?${NO} me (ecrire|envoyer)`,
    `vous (ne )?(me )?(ecrire|envoyer) ${NO}( message| offre| planning| plannings)? ([?]|depuis)`,
    `(peux|peut|pouvez|pouviez|pourrez|pourra|arrive|arrivez|arrivent) ${NO} (a )?(me )?(ecrire|envoyer|embeter)`,
    `(reussi|ai|avez|as|a) (ne )?${NO} (me )?(ecrire|envoyer|embeter)`,
    // can you send me more jobs?
    "(pouvez|pourriez|peux|pourrais) (vous )?me envoyer plus (message|offre)",
    // don't contact me by phone
    `(ne )?me ecrire pas par (numero|appeler|mail)`,
    `etre ecrire par (numero|appeler|mail)`,
    // I stopped writing, you have stopped writing to me
    "(ai|as|a|avons|avez|ont|avait|avais|aviez|je|il|elle|on|me|s) arreter( me)?( ecrire| envoyer| message)*",
    "(peux|dois|vais|vont|allait|pour|sans|pouvoir|du|bus|machine|ligne|production|s|viens|vient|fait|puis|oblige|est|suis|ete|etre|qui|chantier|usine|d|devoir|train|metro|jamais|pas|contrat) arreter [.,?]",
    "vous (ne )?me envoyer (plus|pas) (missions?|plannings?|horaires?|contrats?)",
    "pas me (oublier|oubliez)",
    "message vocal",
    // do not hesitate to write to me, I could not read your text
    "(hesitez?|hesiter|oubliez?|oublier|manquez?|tardez|genez|genes|privez|attendez|craignez|embeter|sais|arrive) (pas|plus) ([a-z]+ ){0,4}(ecrire|envoyer|message|appeler)",
    "(pas|plus|jamais) (probleme|souci|peur|pu|reussi|compris|recu|eu|vu|lu|su|retrouve|trouve|bien|ete|moyen|credit|forfait) ([a-z]+ ){0,4}(ecrire|envoyer|message|recevoir)",
    "(peux|peut|pouvez|pouvait) (pas|plus) ([a-z]+ )?(recevoir|lire|voir|ouvrir|ecrire|envoyer|repondre|afficher)( [a-z]+)?( message)?",
    "arreter (vous|toi|moi) (a|au|la|devant|dans|si|en|pres|sur|apres|avant)",
    "me suis tromp[a-z]+ (numero|destinataire|personne)",
    "(ai|avais|as) trop message",
    "c est [a-z]+ qui (vous )?a donne mon numero",
    "(to|could|can|mean|you) (ecrire|message) stop",
    "veux (plus|pas) (rater|manquer|louper|perdre|oublier|vous embeter|attendre)( [a-z]+){0,2}",
    "(ai|as|avons|avez|ont|ete|il a|elle a|on a) (ete )?(enlever|oublie)( liste)?",
    // take me off the night shift, my old number
    `(enlever|desabonner) (me |moi |numero |mon )*(a |au |sur |en )?(mon )?(nom )?(a )?${WORK}`,
    `(me|etre) (enlever|desabonner) (a |au |en )?${WORK}`,
    "stop (au|a) (feu|carrefour|coin|croisement|rond|entree)",
    "(enlever|oublier|oubliez) (mon )?(ancien|vieux|autre|premier|2e|deuxieme) numero",
    "(mis|donne|ecrire|entre|tape|note|inscrit|laisser) (mauvais|faux) numero",
    "(me suis|m etais) trompe (numero|en|a|dans)",
  ],
  unsure: [
    "(ne )?me ecrire plus par (numero|appeler|mail)",
    // not tonight, not at work
    `(${DO_NOT_TEXT})( message| rien)* ${TIME}`,
    `(arreter|stop) (me |envoyer |avec )*(ecrire|message|embeter)( message)* ${TIME}`,
    `(plus|pas|aucun) (envoyer )?message (a )?${TIME}`,
    `(${DO_NOT_TEXT}|veux ${NO} message|pas message)( [.,])?( mais| et| plutot)* (appeler|prefere appeler)( moi)?`,
    `veux ${NO} (recevoir |quevous me ecrire |etre ecrire |message )+${TIME}`,
    // how do I stop this? can I unsubscribe?
    "comment ([a-z]+ ){0,4}(arreter (recevoir|message|ca|me|[.,?])|(me )?desabonner|(pour )?ne plus (recevoir|etre|avoir)|enlever (moi|me|mon|liste)|(stop|stopper) (ca|message|[.,?]))( message| liste| numero)*",
    "(puis|peut on|peux|possible|moyen|faut il|dois) (je )?(me )?desabonner",
    "(repondre|envoyer|ecrire|tape|taper|tapez|mot|repondez) stop (pour|[?]|si|afin)",
    // you never stop writing to me
    `(vous|ca|message) (ne )?arreter ${NO}( me)? (ecrire|envoyer|embeter|message)( message)*`,
    `vous (ne )?arreter ${NO}`,
    `vous (ne )?(me )?(ecrire|envoyer) ${NO}( message| offre)?`,
    "quand ([a-z]+ ){0,3}arreter me (ecrire|envoyer|embeter)",
  ],
  harmless: [
    // continuez à m'écrire
    "([.,]|oui|pouvez|peux) (continuez?|continuer) ((a|de|d) )?me (ecrire|envoyer)( message| offre)*(?! (plus|pas) )",
    // don't stop writing to me, don't take me off the list, I don't want you to stop
    `(ne )?(me )?(arreter|desabonner|enlever|oublier|oubliez|perdez|stop) (moi |me )?${NO}( me| moi| mon)*( ecrire| envoyer| embeter| numero| message)*( liste)?`,
    `((ne pas|sans|surtout pas) |(pas|jamais|sans) (quevous |vous |me |a |demandea |etre |que )+)(arreter|desabonner|enlever)( me| moi| mon)*( ecrire| envoyer| embeter| numero| message)*( liste)?`,
    `suis (pas|jamais) (desabonner|enlever)`,
    // don't call me, text me
    `(arreter (me )?appeler|(ne )?me appeler ${NO})( [.,])?( mais| et| plutot)? (ecrire|envoyer|message|plutot)`,
    // it does not bother me that you write to me
    `(ca|cela|vous) (ne )?me embeter (pas|jamais|aucunement|plus)( quevous me ecrire)?`,
    "veux (pas|surtout pas) (vous embeter|embeter)",
    "(dans|en|mes|vos|aux) spam",
    "plainte contre mon",
    "(arnaque|serieux|escroquerie)( [a-z]+)* [?]",
    "(mon|mes|ma) (patron|chef|boss|ex|voisin|chien|enfants?|fils|fille|femme|mari|collegues?|superviseur) (ne )?(me |vous )?(arreter|embeter|laisser)( [a-z]+){0,3}",
  ],
  stop: [
    DO_NOT_TEXT,
    "me (oublier|oubliez) [.,]",
    "(ne )?me embeter plus ([.,]|avec|pour)",
    `(embetez|embeter|parler|parlez) moi ${NO}`,
    `(ne )?me parlez ${NO}`,
    `(ne )?me envoyer plus( jamais)? [.,]`,
    `communiquez? ${NO} avec me`,
    `(ne )?(communiquer|communiquez|communique) ${NO} avec (moi|me)`,
    "ne (plus|jamais) (me )?envoyer [.,]",
    "ne pas me envoyer [.,]",
    "(veux|voudrais|envie) (ne )?(plus|pas) recevoir [.,]",
    "ne ecrire (plus|jamais) ((a|sur|ici|par) )*(numero|[.,])",
    "envoyer (plus|pas) message ((a|sur|ici) )*numero",
    "arreter ((toute?|prendre) )*(communiquer|contact ([.,]|avec (moi|me))|correspondance)",
    "([.,]|arreter) (plus|stop) ((jamais|prendre) )*(contact|prospection) ([.,]|avec (moi|me)|a numero|vous|part)",
    "(arreter|ne utilisez plus|ne utiliser plus) (utiliser )?(mon )?numero",
    "ne (cherchez?|essayez?|tentez?|venez|viens|continuez?|osez|devez|pensez|comptez|revenez|faut|doit|cherchons|veuillez) (plus|pas|jamais) (a )?me (ecrire|embeter)",
    "ne [a-z]+(ez|e|er) (plus|jamais) contact",
    `pas [.,] me ecrire`,
    // arrêtez de m'écrire, arrêtez vos messages, arrêtez avec les textos, arrêt des messages
    "(arreter|stop|assez) ((avec|ca|toute?|votre|par) )*harcelement",
    "recevoir (plus|pas) (rien|message|ca|offre)",
    "[.,] (plus|fini) (jamais )?message (ai|je|car|jai|parce|suis)",
    "veux (avoir )?paix",
    "(abstenir|abstenez) ((vous|de) )*(me )?(ecrire|envoyer|message|contact)",
    "(ni|pas) (appeler|mail) (ni|pas) message",
    "ne lui ecrire (plus|pas|jamais)",
    "arreter lui (ecrire|envoyer)",
    "veux (plus|pas) ([a-z]+ ){0,3}ni message",
    "(arreter|stop) (ou|sinon|avant) (je|ca) (porte|vous|bloque|signale|appelle|appeler|depose|prends|previens)",
    "ne (gardez|conservez|utilisez|gardiez|garder) (plus|pas) (mon )?(numero|contact)",
    "ne me (ajoutez|inscrivez|mettez|incluez|remettez|ajouter|inscrire|mettre) (plus|pas) ((a|dans|sur) )*(liste|envoyer|message)",
    "quevous (gardiez|conserviez|utilisiez) mon numero",
    "stop ((pour|a|aux|tout) )+(message|liste|envoyer)",
    "(annuler?|annulez|resilier?|resiliez|arreter|stop|fin|desactiver) (mon )?abonnement ((a|aux) )*message",
    "(veux|voudrais) plus etre (abonnee?|inscrite?|enregistree?) ([.,]|chez vous|a (message|ca)|message|liste)",
    "allez me lacher",
    "stop (plus|pas|ni) message",
    "(basta|ouste|assez) ((avec|a) )*message",
    "veux ((plus|pas|jamais) )*rien ((recevoir|savoir|avoir) )*(vous|recevoir [.,]|savoir [.,])",
    "(veux|voudrais) (plus )?rien (recevoir|vous)",
    "(retrait|suppression|radiation) liste",
    "([.,]|a|demande|merci) enlever liste",
    "(demande|a) desabonner",
    "veux (plus|pas) (que )?mon numero",
    "(arreter|stop) ((avec|vous|c|ses|a|aux|me|moi|appeler|et|ou|ca|vouloir|essayer|toujours|continuer) )*(ecrire|envoyer|message|embeter|spam)",
    "suffit ((avec|maintenant|a|tout) )*(message|spam)",
    "(arreter|stop) ((me|vouloir) )*recevoir ([.,]|message|ca|offre|mail|spam)",
    "(arret|fin|finis|finir|fini|terminer|suspendre|suspendez|interrompre|interrompez|desactiver|desactivez|desactive|annuler|annulez|resilier|resiliez|couper|coupez|supprimer) ((mon|a|aux|les|abonnement|recevoir|envoyer|me) )*message",
    "(stop|fin|arret) abonnement [.,]",
    "(arret|suspendre|suspendez) ((a|me) )*(envoyer|ecrire|communiquer)",
    "(desactiver|desactivez|desactive|annuler|annulez) mon numero",
    // ni appel ni sms, plus d'appels ni de textos
    "(plus|ni|pas) (appeler|mail) ((ni|ou|et|plus|pas) )+message",
    "[.,] (pas|plus) message plus [.,]",
    "(plus|ni) message ((ni|ou|et|plus) )+(appeler|mail)",
    "(ai|[.,]) (dit|fait|mis|tape|tapez|envoyer|ecrire|repondu|reponds|mis|marque|texter) stop",
    "(plus|pas|aucune?) envie ((a|avoir|me|etre|lire|quevous|plus) )*(recevoir|message|ecrire|embeter)",
    "(quitter|quitte) (ma |mon )?liste",
    "(va|bon|merci|maintenant) arreter (la )?[.,]",
    "(quevous|vous) arreter [.,]",
    "ai (dit|repondu|ecrire|envoyer) stop [.,]",
    // je ne veux plus recevoir de messages, je ne souhaite plus être contactée
    `(veux|envie|voudrais) ${NO} ((jamais|avoir|voir|lire|recevoir|rien|aucun|autre|vous) )*message`,
    `(veux|envie) ${NO} ((jamais|rien|plus) )*recevoir( rien| aucun| autres?)* ([.,]|rien|vous|chose|quoi|${SENT})`,
    `(veux|envie) ${NO} (jamais )?(etre )?(liste|(faire |figurer )?(dans|sur|partie) liste|etre (ecrire|embeter))`,
    `(veux|envie) ${NO} (jamais )?(quevous|que vous|vous) (me )?(ecrire|envoyer|embeter|parliez|parlez|continuez|message)`,
    `(veux|envie) ${NO} (rien )?(entendre parler|(avoir )?(affaire|(a )?(faire|voir) avec) (a )?vous|(avoir )?(contact|nouvelles) (avec )?vous)`,
    "(veux|voudrais|envie) (plus|jamais) ((rien|avoir|me|etre) )*(contact|nouvelles|affaire|entendre parler|savoir|existence)",
    "(veux|envie) (plus|jamais) ((etre|me|appeler|ni|ou|et|recevoir) )+(ecrire|message)",
    "(refuse|refusons) ((a|etre|recevoir|tout) )*(ecrire|message|contact|offre)",
    `ne ${NO} (jamais )?recevoir( rien| aucun| autres?)* ([.,]|vous|rien|${SENT})`,
    "plus (jamais )?recevoir( rien| aucun| autres?)* message",
    "(veux|voudrais) (plus|pas) sollicite",
    "(refuse|refusons|veux (plus|pas) a) (recevoir|etre ecrire|quevous me ecrire|message)",
    // plus de messages, plus aucun message
    "([.,?]|interesse|numero|personne|et|non|dit) (plus|fini|assez|terminer|termine) (jamais |avec |seul )*(message|spam|contact) ([.,]|pour moi|vous|a numero)",
    "arreter ((tout|avec|a|aux|ce|mon|faire) )*(message|offre|contact [.,]|spam)",
    "stop (a |aux )?(message|spam|offre)",
    // désabonnez-moi, je veux me désabonner
    "(me|moi) desabonner",
    "desabonner (me|moi|mon|numero|liste|message|[.,])",
    // retirez-moi de votre liste, supprimez mon numéro
    "enlever (me|moi|(mon )?(numero|contact|adresse|nom)) ([.,]|(dans |sur )?(liste|envoyer|message|ca|dela|vous|ici)|vos)",
    "enlever (son|notre|leur) numero",
    "enlever mon (numero|contact|nom|existence)",
    "(suppression|retrait|effacement|radiation|desactivation) mon (numero|contact|nom|existence)",
    "(demande|veux|voudrais|souhaite) (le |la )?(suppression|retrait|radiation|arret) ((mon|a|envoyer) )*(liste|numero|message)",
    "(oubliez|oublie|oublier|perdez|perds|jetez|jeter|brulez) mon (numero|contact|nom|existence)",
    "(me|etre|suis) enlever ((dans|sur|a) )*(liste|message|envoyer|[.,])",
    "(numero|nom|contact) ((a|est|sont|soit|doit|etre|puisse|devrait) )+enlever",
    "(enlever|bloquez|bloquer|bloque) mon numero liste",
    "enlever (numero|contact) ([.,]|(dans |sur |a )?(liste|dela|la)|svp)",
    "(veux|voudrais) (me )?enlever (ma )?liste",
    // je vous interdis de m'écrire
    "(interdis|interdit|interdiction|interdire|defends|defense|opposition) ((vous|a|tout|formellement) )*(me )?(ecrire|envoyer|message|embeter|contact|utiliser mon numero)",
    // laissez-moi tranquille, foutez-moi la paix
    "me (laisser|foute|foutre|ficher|lacher|crisser|crissez|sacrer|foutez|fichez|calisser) (en )?(tranquill?e?s?|paix|patience|grappe)",
    "laisser (ma|mon|mes|notre|nos|cette|personne) [a-z]+ (tranquill?e?s?|paix)",
    "(laisser|foute|fouter|foutez|foutre|fous|fout|fichez|fiche|donnez|donne|crissez|crisse|sacrez|sacre|calissez|lachez|lache) (moi|me) (en |un peu )*(tranquill?e?s?|paix|patience|vivre|grappe|respirer|lousse|baskets?|peace|seule?s?|[.,]|avec (message|offre|ca)|calmes?|basket)",
    "(allez|va|vas) (vous |te )?(faire|fr|fere) (foutre|voir|enculer|mettre)",
    "(fuck|foutez) (off|le camp)",
    "(va chier|allez chier|mangez d?e? ?marde|nique ta mere|ntm|fdp)",
    // je retire mon consentement
    "(enlever|revoque|annule|revoquer|annuler|veux pas) (mon )?(consentement|accord|autorisation)",
    "(me|je) oppose (a|au)",
  ],
  bareStop: [
    "([.,]|numero|personne|interesse|et|message) ((non|et|mais|ca suffit|assez|allez|bon|c est bon) )*(stop|arreter|desabonner) ((maintenant|la) )?([.,]|je (suis|ai|ne|veux|travaille)|pas interesse|plus interesse|ca suffit|c est)",
  ],
  stopWords: "arret stop arreter desabonner desinscription",
  doubtWords: "annuler annulez annule fin quitter terminer resilier resiliez enlever",
  besides: "maintenant non vous et oui moi me message a aux mon je dis dit ai la",
  doubt: [
    // stop? stop it, enough, this has to stop
    "[.,?] ((non|et|allez|svp) )*(stop|arreter|desabonner) ([.,?]|ca|maintenant|avec)",
    "[a-z]+ arreter [.,]",
    "(pouvez|peux|pourriez|faut|doit|devez|dois|devriez|voudrais|veux|que) (vous |que )?(ca )?(arreter|stop) ([.,?]|ca)",
    "(vous|ca) (doit|devez|dois|faut) arreter",
    "(ecrire|reponds|repondu|envoyer) stop",
    "(mais|bon|donc|alors|non|vite|continuez|ca|avez|voudrais|demander?|dire|et|interesse|numero|travail|moment) (stop|arreter) [.,]",
    "desabonner (moi|me|[.,?])",
    "me desabonner",
    "[.,?] (assez|ca suffit|suffit|y en a marre|marre|basta) [.,?]",
    "(ca|la) suffit [.,]",
    "(assez|marre|ras bol|plein cul|plein casque|tanne|tannee|fatigue|fatiguee|ecoeure|ecoeuree|sature|saoule|excede|lasse|epuise|trop|deborde|deranges?|derangeants?|enervants?|penibles?|lourds?|chiants?|tannants?|fatigants?|agressifs?|insupportables?|relous?|gonflants?|saoulants?) ((avec|par|recevoir|lire|voir|vous|en|ca|a|sont|voir|la|fois|etre) )*(message|ecrire|sollicite|spam)",
    "message ((sont|est|me|c|vraiment|deviennent|commencent|a) )*(embeter|enervants?|enervent|penibles?|lourds?|chiants?|tannants?|fatigants?|fatiguent|agacants?|agacent|tapent|emmerdent|intrusifs?|inutiles?|spam|arnaque|embetants?|trop)",
    "(marre|assez|tanne|tannee|ras bol|plein cul|plein casque|ecoeure|ecoeuree) ((en|ai|avec|vous) )*([.,?]|message|ca|spam|harcelement|recevoir|vous)",
    "trop message",
    "(evitez|eviter|evite) ((me|quevous) )*(ecrire|envoyer|message|contact)",
    "passerai( bien)? message",
    "(encore|toujours) vous [.,?]",
    "([.,]|c est|vraiment|devient|devenez|devenir) (abuse|abuser|exagere|exagerez|lourds?|chiants?|penibles?|fatigants?|relous?|soulants?|tannants?|gossants?) (la )?[.,]",
    "(lourds?|penibles?|chiants?|relous?) vous",

    "arreter (un )?peu",
    "vous etes (des )?(arnaqueurs?|escrocs?|voleurs?|malades?|spammeurs?|robots?)",
    "(appeler|contacter|avertir|prevenir) police",
    "(souviens|rappelle|souvenir) pas ((me|etre|avoir|donne|postule) )*(inscrite?|donne|abonne|postule|souscrit|numero)",
    "(message|ecrire|envoyer)( message)? (toujours|tout temps|chaque jour|sans arreter|trop|10 fois|constamment|continuellement)",
    "(combien|[0-9]+|e|eme|ieme) (fois|message) (que )?(vous )?(me )?(ecrire|envoyer|faut)",
    // you disturb me
    "vous (me )?(embeter avec|gavez|gaves|saoules|saoulez|cassez|casses|faites chier|tapez|tapes|gonfles|etes lourds?|etes penibles?|etes chiants?|es lourd|es chiant)",
    "vous (me |etes en train me |arreter me )embeter",
    "me (cassez|casse|cassent|gave|fait chier|faites chier|font chier|tapez|tape)",
    "(c|est|ca|pur|du|comme|vrai) harcelement ([.,]|ca|votre|telephonique|message|la)",
    "(c|est|ca|pur|du|comme) (spam|arnaque|abus|intrusif|illegal)",
    "[.,?] (spam|arnaque|harcelement|arnaqueurs?|escrocs?|scam|spammeurs?) [.,?]",
    "(est|une|encore|arreter|quoi) (ca )?(spam|arnaque|scam)",
    // who gave you my number, why do you write to me, I never signed up
    "(qui|comment|ou|pourquoi|quel) ([a-z]+ ){0,3}(donne|file|refile|passe|transmis|communique|fourni|eu|obtenu|trouve|avez|a|as|recupere|pris|deniche|vendu|ont|peche) (vous |me )?mon (numero|contact|nom)",
    "(tenez|tiens|sortez|sors) (vous )?mon (numero|contact)",
    "(pourquoi|pk|pq) (je |vous )?(me |recois )*(ecrire|envoyer|message|embeter)",
    "vous me (ecrire|envoyer)( message)? (toujours|tout temps|temps|chaque|sans|trop|[0-9]+)",
    "(pourquoi|pk|pq) (vous |est vous )*(continuez|continue|persistez|insistez|ne )?( a)?( me)? ?(ecrire|envoyer|embeter|message|recois|spam)",
    "pourquoi (je )?(recois|ai recu|recevoir|on me|me) (toujours )?(message|ca|ecrire|envoyer)",
    "me (suis|etais|avais|ai) (pas|jamais) (inscrite?|abonnee?|enregistree?)",
    "(pas|jamais|rien) (demande|demandea|souscrit|autorise|consenti|sollicite) (((a|pour|etre|vos|me) )*(ca|message|recevoir|ecrire|liste)|[.,])",
    "(pas|jamais) donne ((mon|vous|a) )*(numero|accord|consentement|autorisation|permission)",
    "(pas|jamais) signe pour (ca|message)",
    "(pas|jamais) postule (((a|chez|pour) )*(ca|vous)|[.,])",
    "(vous|on) ai (rien |jamais )demande",
    "jamais (me )?(inscrite?|abonnee?|autorise|consenti)",
    "ai rien demande [.,]",
    // no texts please, no need to text me, call me instead
    "[.,] (pas|aucun|jamais) (envoyer )?message [.,]",
    `veux ${NO} message`,
    "(veux|envie|refuse) (plus|jamais) ([a-z]+ ){0,3}(message|ecrire|nouvelles|appeler|liste|parler vous|offre)",
    "(veux|envie) pas ([a-z]+ ){0,3}(message|ecrire|appeler vous|liste)",
    "(arreter|cessation|cesser) ([a-z]+ ){1,4}(message|ecrire|envoyer)",
    "ne me [a-z]+(ez|er) plus (jamais )?[.,]",
    "[.,] plus offre [.,]",
    "[.,] (pas|plus) (seul )?message ([.,]|plus)",
    "sais pas qui vous etes",
    "[?.,] (enlever|effacer) [.,]",
    "(besoin|peine|inutile|necessaire|utile|sert rien) (que )?((a|quevous|vous|me|ne) )*(ecrire|envoyer message|contact)",
    "(pas|plus) besoin (message|service|services)",
    `(ne )?me envoyer (plus|pas) [.,]`,
    "envoyer (moi )?(plus|pas) message",
    "envoyer moi plus (offre|mail|spam)",
    `(ne )?me embeter ${NO} [.,]`,
    `(ne )?(me )?(appeler|telephonez?) (moi )?(plus|jamais)( jamais)? ([.,]|a numero|sur)`,
    "[.,] plus (aucun )?appeler [.,]",
    "(arreter|stop) (avec |me )*(appeler|relancer|insister)",
    `(ne )?${NO} me appeler [.,]`,
    "(insistez|insiste|insister) (pas|plus) [.,]",
    "[.,] (plus|pas) ecrire [.,]",
    "pas pour moi",
    "message ((ne|me|est|sont) )*pas (destine|adresse|pour)",
    "habite (plus|pas) ici",
    "(dixieme|enieme|eniemes|troisieme|deuxieme|[0-9]+e|[0-9]+eme|[0-9]+) fois ((quevous|vous|me|qu|que|on) )*(ecrire|envoyer|message)",
    "vous (etes )?(insistez|insistants?|insistez beaucoup|insistantes?)",
    "(me )?ecrire (beaucoup )?trop",
    "(me|recois|envoyer|trop|vous) (fait )?(beaucoup|tant|tellement) message",
    "fait beaucoup message",
    "droit (me )?(ecrire|envoyer)",
    "(veux|voudrais) (annuler|arreter|resilier) [.,]",
    "(enlever|retire) me [.,]",
    "me enlever ((mon|ma) )?(liste|numero|nom|[.,])",
    "plus utiliser ((mon )?numero|[.,])",
    "(qui|personne) (vous )?(a|ai) (permis|autorise)",
    "en veux (plus|pas)",
    "vu (l )?heure",
    "(tout|chaque|moyen|[0-9]+) ([a-z]+ )?message (par )?(jour|semaine|heure)",
    "(encore|toujours|re) message [?]",
    "plainte ([.,]|pour harcelement|contre vous|si vous|a police)",
    "(arnaque|harcelante?s?)",
    "trop c est trop",
    "(decline|refuse|declines|declinons|laisser affaire|lachez affaire|lache affaire) [.,]",
    "(donner|donne|donnerai|donnons) (plus|pas) suite",
    "pas donner suite",
    "(peux|peut) plus (vous |ca )?(message|[.,])",
    // you have no right to write to me, I do not agree to get texts, there is no need to go on
    "(pas|plus|jamais) ([a-z]+ ){0,5}(me ecrire|me envoyer (message|ca|rien|[.,]|offre|mail)|recevoir message|etre ecrire|utiliser mon numero|recevoir [.,])",
    "(pas|plus) ([a-z]+ )?mon (consentement|accord|autorisation|consentement)",
    "numero ([a-z]+ ){0,4}(enlever|ecrire)",
    "enlever ([a-z]+ ){0,3}liste",
    "[.,] (pas|plus) contact [.,]",
    "gardez (message|offre)",
    "(faire|foutre|fous|fout|fiche|fiches|fuck|foutu) (message|offre)",
    "message (on )?(me |s )?(fous|fout|fiche|foutre)",
    "arreter (a )?(me )?echanges",
    "(pas|toujours pas) desabonner",
    "enlever (mon |le )?contact",
    "(bloquez|bloquer) (mon )?numero",
    "(dit|dis|interesse|recherche|plus|pas|faites|mettez|mets|tape|dispo|disponible|travail|trouve|moment|fini|ca|alors|bon|mais|juste|va|numero|personne|ici|cherche|fois|jours?|assez|marre|suffit) stop [.,]",
    "(arreter|cesser) (tout|frais|massacre|cirque)",
    "liste (exclusion|opposition|rouge|noire svp)",
    "(veux|voudrais) ([a-z]+ )?(disparaitre|partir) liste",
    // wrong number, not me
    "(a|est) plus numero",
    "(mauvais|faux|pas (bon|bonne|bons)|erreur|trompee?s?|tromper|trompez|trompes|est pas mon|est pas son|plus son|est plus mon|incorrect) ((sur|a|un) )*(numero|personne|destinataire|interlocuteur|correspondant|contact)",
    "(mauvaise|pas bonne|autre|pas cette|tromper) personne",
    "numero ((est|ne|n) )*(plus|pas|errone|incorrect|faux|mauvais) ((a|celui|bon|lui|elle|personne|attribue|correct|appartient) )*([.,?]|celui|personne|elle|lui|m|monsieur|appartient)",
    "(faites|fais|fait) erreur ([.,]|numero|personne|je|destinataire)",
    "vous vous etes trompees?",
    "(etes|es|est|vous) (vous )?(trompe|trompez|trompes|tromper) [.,]",
    "erreur (sur )?(personne|numero|destinataire)",
    "personne (nom|ce nom|a ce nom|avec nom) ici",
    "personne( ici)? (a nom|ce nom|a ce nom|avec nom|nomme|s appelle|qui s appelle|numero ici)",
    "(connais|connait) pas (personne|cette personne|celui)",
    "suis pas (celui|celle|personne|bonne personne) ([.,]|que|recherche|concerne)",
    "pas concernee? ([.,]|par (message|ca|offre|votre))",
    // not interested, no longer looking
    "(pas|plus|aucunement|ni|non|nullement|jamais) interesse ([.,?]|pour moi|par (travail|ca|cela|offre|vous|poste|truc|trucs|affaires|histoires|mission|missions|agence)? ?[.,?]|maintenant|pour (instant|moment)|merci|a|je|j|et|ne|arreter|stop|car|c|est|il|vous|message)",
    "interesse (pas|plus|aucunement|jamais|nullement) ([.,?]|par (travail|offre|ca|vous)? ?[.,?]|maintenant|pour (instant|moment)|je|j|et|ne|arreter|stop|car|vous|message)",
    "(ca|message|offre|travail|cela|rien|service|services|mission) (ne )?(me )?(interesse|interessent|dit) (pas|plus|rien|pas cela) ([.,]|maintenant|j|je|et|donc|a|merci|pour (instant|moment)|car|arreter|stop)",
    "[.,] (ne )?me interesse (pas|plus) ([.,]|maintenant|j|je)",
    "(desinteresse|desinteressee|aucun interet|sans interet|plus interet|pas interet)",
    "(cherche|recherche|cherches|cherchons) (plus|pas|pas actuellement|plus actuellement) ((travail|maintenant|rien|actuellement|mission|poste|a travailler|pour (instant|moment)) )*[.,?]",
    "(suis|etre) (plus|pas) (en |a |actuellement )*recherche( active)?( travail| poste)? ([.,?]|maintenant|active|actuellement)",
    "(besoin|veux) (plus|pas|rien) ((autre|nouveau|chercher) )*(travail|service|services|offre) ([.,?]|maintenant|vous|merci)",
    "(plus|pas) besoin (travail|aide|vous|service|services|ca|message|[.,])( vous)? ?([.,?]|j|je)",
    "(plus|pas) besoin [.,]",
    "(suis|est) (plus|pas) (sur|dans) (le )?marche( travail)?",
    "veux (plus|pas|rien)( rien| ca| savoir)?( vous)? [.,]",
    "veux (plus|pas) ca",
    "veux (plus|pas|rien) ((rien|parler|discuter|avec|vous|continuer|conversation|echanger|savoir) )+[.,]",
    // withdraw, delete my data
    "(enlever|annule|annulez|annuler) (ma )?(candidature|postulation|inscription)",
    "(enlever|detruire|fermez|fermer|cloturez) (mes|mon|ma|compte|dossier) ?(donnees?|compte|dossier|[.,]|numero|infos?|informations?|dossier|compte|profil|cv|fiche|identite|adresse)",
    "enlever (numero|liste|message)",
    "enlever moi (ca|la|a|tout|vite|[.,?])",
    "(annulez|annuler|annule|resilie|resilier|resiliez|fin|coupez|bloquez|bloquer|suspendez|desactivez|desactiver) (mon |ma |a )?(abonnement|inscription|message|envoyer|conversation)",
    "(terminer|terminez|mettez fin|finissons|cloturez|cloturer|finir|clore|arreter) (a |la )?conversation",
    // I'll report you, block you
    "(signaler|signale|signalerai|signalez|denonce|denoncer|denoncerai|bloque|bloquer|bloquerai|bloquee|poursuivre|poursuis) (vous|numero|a (cnil|police|crtc)|a 33700|cnil)",
    "(vous|numero|je|vais|j) (ai |vais |suis )?(vous )?(signale|signaler|signalerai|bloquerai|denonce|denoncer|denoncerai) (direct|[.,]|numero|vous|a|au|comme)",
    "vous ((ai|a|vais|allez|etes|mets|suis|va) )*(bloque|bloquer|bloques|bloquee|liste noire|liste)",
    "(bloque|bloquer|bloques) (vous|numero|direct)",
    "(mets|mettre|met|ajoute|etes|mis) (sur |en |dans |vous )*liste noire",
    "(a cnil|plainte cnil|rgpd|33700|crtc|lnnte|mon avocat|ma avocate|bloctel|poursuites? (judiciaires?|legales?))",
    // go away, drop it
    "[.,?] (degagez?|degage|casse vous|cassez vous|tirez vous|barrez vous|fous camp|foutez camp|foutez? (le )?camp|va vous en|allez vous en|decrissez?|ta gueule|vos gueules?|vous gueule|gueule|fermez la|ferme la|laisser tomber|laisser faire|oubliez moi|oublie moi|oubliez ca|oublie ca|du vent|bye bye|fermez? vous) [.,?]",
    "(oubliez|oublie|oublier) moi",
    "laisser (moi )?tomber [.,]",
  ],
};
