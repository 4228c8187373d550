/**
 * How people opt out in Spanish, and what only sounds like it.
 *
 * @module
 */
import type { Language } from "../language.ts";

/** "No me" and one of these asks the texting party for something: escriba, escribas, escriban, manden … */
const ASKED =
  "(?:es?cri[bv](?:a|as|an|ais)|mand(?:e|es|en|eis)|en[vb][ií](?:e|es|en|eis)|contact(?:e|es|en)|" +
  "contacte[ns]?|molest(?:e|es|en)|text(?:e|ee|ees|een|en|es|ie|ien)|mensaje(?:e|es|en)|busqu(?:e|es|en)|habl(?:e|es|en)|" +
  "comuniqu(?:e|es|en)|acos(?:e|es|en)|fastidi(?:e|es|en)|jod(?:a|as|an)|ching(?:e|en|es|ue|uen|ues)|frieg(?:ue|uen|ues)|tejte(?:e|en)|insist(?:a|as|an)|" +
  "notifiqu(?:e|en)|spame(?:e|en)|hostigu(?:e|en)|rob(?:e|en) tiempo|est(?:e|en|es) (?:[a-z]+ndo(?:me|nos)?)|" +
  "si(?:ga|gan|gas) (?:[a-z]+ndo(?:me|nos)?|con|msj)|vuelv(?:a|an|as) a [a-z]+)";
/** The same after "would be grateful if": escribieran, mandaran. */
const WISHED =
  "(?:escribi|manda|envia|contacta|molesta|textea|busca|habla|insisti)(?:era|eran|ra|ran|eras|ras)";
/** To write, to send, to bother: with or without me. */
const WRITE =
  "(?:(?:escribir|escrivir|mandar|enviar|contactar|molestar|textear|texting|mensajear|fastidiar|joder|chingar|acosar|hostigar|" +
  "insistir|spamear|buscar|hablar|comunicar|incomodar)(?:me|nos|se|le|les|lo)?|fregar|preguntar(?:me)?|dar lata|estar (?:[a-z]+ndo(?:me|nos)?)|" +
  "(?:escribiendo|mandando|enviando|molestando|chingando|jodiendo|insistiendo|texteando)(?:me|nos)?)";
/** Stop!, to the texting party. */
const STOP =
  "(?:dejen|deje|deja|dejad|dejes|dejar|paren|pare|para|parar|paras|cesen|cese|eviten|evite|evita|evitar|terminen|" +
  "abstenganse|abstengase|abstener|abstenerse|basta|dejense|dejese|detengan|detenga|detenganse|detener)";
/** Take off, to the texting party: borre, quiten, saque, eliminen … without and with me. */
const REMOVE =
  "(?:borr(?:e|en|a|ar)|quit(?:e|en|a|ar)|saqu(?:e|en)|saca|sacar|elimin(?:e|en|a|ar)|remuev(?:a|an|e)|remover|" +
  "retir(?:e|en|a|ar)|suprim(?:a|an|ir)|tach(?:e|en)|olvid(?:e|en|a|ar|ate de|ense de)|pierd(?:a|an|e)|anul(?:e|en)|desech(?:e|en))";
const REMOVE_ME =
  "(?:borr|quit|elimin|remuev|remov|retir|saqu|sac|desuscrib|suprim|tach|desagreg)(?:e|en|a|an|ar|er|ir)(?:me|nos)";
/** What is called off, or the person who is meant: to be taken off it is no opt-out. */
const ELSE =
  "(?:turno|turnos|horario|solicitud|aplicacion|curriculum|cv|perfil|seguro|sabado|sabados|domingo|domingos|lunes|" +
  "noche|dia|entrevista|cita|rol|equipo|ruta)";

/** Spanish, as recruits write it. */
export const SPANISH: Language = {
  name: "Spanish",
  apostrophes: "drop",
  // Portuguese, whose "no" is "in the" and whose "para" is "stops", too.
  foreign:
    "nao voce vc vcs mensagem mensagens em uma meu minha isso esse essa foi tem estou tenho obrigado obrigada " +
    "ainda pra errado errada caiu olhei digitei seu sua pelo pela",
  phrases: [
    [
      "(?:dejen|deja|deje|dejense|dejese|paren|pare|basta)(?: ya)? (?:de |con )?(?:los|esos|estos|tantos|tanto|sus|tus) (?:mensajes|mensaje|textos|msjs|msj)",
      "paren msj",
    ],
    ["(?:por|x|porf|de) fa?vor", ""],
    ["favor(?= de )", ""],
    ["(?:muchas|mil) gracias", ""],
    ["no mas(?= (?:quiero|quisiera|digame|dime|avise|era|es|para|queria|pregunto|una) )", "nomas"],
    ["no mas (?:de|que) [0-9a-z]+ (?:horas|dias|turnos)", "pocas horas"],
    ["un poco mas|mas o menos|es mas|mas tarde|(?<!no )mas informacion", ""],
    ["por que|porq|xq", "porque"],
    [
      "a ?hora mismo|de una vez|de inmediato|inmediatamente|en este momento|por el momento",
      "ahora",
    ],
    ["nunca mas", "no"],
    ["de (?:nuevo|vuelta)|otra vez", "mas"],
    ["tampoco", "no"],
    ["aqui no (?:vive|hay|existe) ningun[ao]?(?= [a-z]+ [.] )", "no es esa persona"],
    ["de texto", ""],
    [
      "(mas|los|sus|de|estos|esos|recibir|mandar|mandarme|manden|mandes|mande|envien|envies|me|con) (?:texts?|txts?)",
      "$1 msj",
    ],
    ["de trabajo", ""],
  ],
  synonyms: {
    you: "ustedes usted ud uds vosotros",
    me: "nos m",
    msj:
      "texto textos mensaje mensajes mensages mensage mensajito mensajitos msj msjs mjs msg msgs sms mensj mesajes mensajs " +
      "notificacion notificaciones avisos alertas promociones publicidad propaganda comunicaciones mensaj",
    desuscribir: "desuscribirme desuscribanme desuscriban desuscribame desuscribirse dessuscribir",
    number: "numero telefono celular cel num nro tel fono linea nmero numro",
    list: "lista listas registro registros sistema contactos agenda directorio base grupo chat",
    equivocado: "equivocada ekivocado equibocado equivocados incorrecto incorrecta erroneo errado",
    que: "q k qe",
    no: "nunca noo jamas ni",
    quiero: "kiero qiero quieor queremos",
    escribir: "escrivir",
    suscripcion: "subscripcion suscripciones",
    trabajo: "empleo chamba jale puesto vacante oferta ofertas trabajos empleos pega laburo",
    pueden: "puede podria podrian puedes podrias podeis",
    interesado: "interesada interesados interezado interezada intersado",
    interesa: "intereza interes intersa",
  },
  idle:
    "favor porfavor porfa xfavor xfa porfis plis pls please gracias grax grasias hola buenas buenos tardes dias noches ya el la los las sus tus " +
    "su tu estos estas esos esas ningun ninguna tantos tantas todos todas todo mucho mucha amablemente atentamente cordialmente " +
    "señor senor senora señorita senorita disculpe disculpa perdon perdone oiga oye mire miren amigo amiga saludos " +
    "realmente solo solamente simplemente siempre bien pues entonces ahora ahorita inmediato urgente maldita malditos pinche pinches putos " +
    "puto puta cabron cabrones wey guey we buen buena dia tarde nuevamente favorcito",
  typos: "mensajes escriban molesten numero interesa equivocado borrenme quitenme",
  notTypos: "numeros mensajero mensajera escribian escribia escriben interesan interese molestan",

  elsewhere: [
    // No one has written to me; I stopped working; the bus stop; I have a low salary.
    "(?:no|nadie) me (?:ha|han|has|habia|habian) [a-z]+do",
    "(?:deje|dejo|dejamos|dejaron) de (?:trabajar|fumar|estudiar|ir|tomar|manejar|vivir|tener|recibir el)",
    "(?:di|dieron|dio|dar|darme|dan|estoy|estuve) de baja (?:en|del|de mi|de la (?!list)|medica|por|maternal|a mi|en mi)",
    "(?:incapacidad|medica|permiso) (?:y|o) baja",
    "(?:una|parada|ultima|siguiente|proxima|misma) (?:parada|stop)",
    "sin querer|por error|por accidente",
  ],
  unsure: [
    // No me escriban hoy, no me manden mensajes de noche, cómo cancelo los mensajes.
    `no (?:me )?${ASKED}(?: mas)?(?: msj)?(?: a este number)? (?:hoy|manana|tan|tarde|temprano|antes|despues|mientras|cuando|hasta|si (?!no)|de (?:noche|madrugada|dia)|` +
    "(?:en|por) (?:noche|noches|manana|tarde|fin|fines|horas?)|al? (?:esta|estas|trabajo|mediodia|medianoche)|fines|domingos|domingo|sabados|sabado|entre|durante|seguido|a cada rato|a (?:esta|estas) horas?)",
    "como (?:le |se |puedo |podria |hago para |hacer para |hago para que )*(?:cancelo|cancelar|paro|parar|dejo de recibir|dejar de recibir|me doy de baja|darme de baja|me (?:borran?|quitan?|sacan?)|dejen de|deje de|salirme|me salgo|no recibir)(?! (?:(?:mi|la|una) (?:entrevista|cita)) )(?! (?:entrevista|cita|mi cita|mi entrevista) )",
    "que (?:tengo que|debo|hay que|puedo) hacer para (?:que |no |dejar )",
    "(?:puedo|se puede|hay forma de|hay manera de) (?:darme de baja|dejar de recibir|cancelar msj)",
  ],
  harmless: [
    "(?:di|puse|mande|anote|escribi|dimos|envie|tengo)(?: [a-z]+){0,3} equivocado",
    "que no (?:me )?interesa",
    "(?:parece|sera|seria|como se|si es|no es|es real o)(?: [a-z]+){0,4} (?:estafa|spam|fraude)",
    "(?:deje|dejo|dejaron|dejen|deja|dejar|dejeme|dejame|dejo un|dejarle) (?:un |su )?(?:msj|recado)",
    "no (?:aplique|solicite|pedi|di) (?:ese|esa|en|turno|direccion|number de seguro|mi (?:direccion|number de))",
    // No paren, no dejen de escribirme, no me borren, no me molesta que me escriban.
    "no (?:me )?(?:quiero que )?(?:me )?(?:paren|pare|para|dejen|deje|dejes|borren|borrenme|quiten|saquen|eliminen|detengan|cancelen|cancele|olviden|olvide|quite|borre)(?: (?:de [a-z]+|list|mi [a-z]+))?",
    "no me molestan?(?: (?:que me [a-z]+|[a-z]+))?",
    "no (?:quiero|quisiera|espero|es por|quise) molestar(?:lo|la|los|le|te)?",
    "espero no (?:molestar|estar molestando|incomodar)[a-z]*|no (?:es|sera) molestia",
    "(?:perdon|perdone|disculpe|disculpen|siento)? ?(?:que le|por|si) (?:molesto|moleste|molestar|molestia)",
    // No me llame, mejor escríbame; no contacten a mi jefe.
    "no me llam(?:e|en|es) (?:[.,] )?(?:mejor |pero )?(?:si )?(?:escrib[a-z]+|mand[a-z]+|text[a-z]*)(?: me)?",
    "no (?:me |le |les )?(?:contacten|llamen|hablen|escriban|llame|contacte|manden|hable|busquen)(?: msj)? (?:a|con) (?:mi|mis) (?:jefe|jefa|trabajo|referencias|actual|anterior|supervisor|supervisora|empleador|esposa|esposo|compania)",
    "no (?:me )?mand(?:e|en|es) (?:al?|correo|en|carta|mi|link)(?! (?:este|mi number) )",
    "(?<!no )(?<!no me )(?:siga|sigan|sigue) (?:mandando|enviando|escribiendo)(?:me|nos)?",
    "(?:me|nos) (?:siguen|sigue) (?:debiendo|dando|pagando)",
    // Quítenme del turno, eliminen mi solicitud duplicada.
    `(?:${REMOVE}|${REMOVE_ME}) (?:de |del )?(?:${ELSE}|mi (?:direccion|nombre|correo|foto)(?! de list ))(?: vieja| viejo| anterior)?`,
    `me pueden ${REMOVE} (?:de |del )?(?:${ELSE})`,
    "(?:elimin|borr)(?:e|en|a|ar) (?:solicitud|aplicacion|msj|mensaje|link|correo) ?(?:duplicad[ao]|anterior|viej[ao]|pasad[ao])?(?! de )",
    "(?:me|se me) (?:quitaron|borraron|sacaron|borro|eliminaron|cancelaron)",
    "cancel(?:ar|e|en|o|aron) (?:mi |una )?(?:cita|entrevista|turno|orden|vuelo)",
    "no (?:me )?interesa (?:de |en |turno|medio|part|noche|[a-z]+ (?:noche|dia|tiempo))[a-z ]{0,30}(?:pero|quiero|[.,] (?:pero|quiero|solo|si))",
    "no estoy interesado en [a-z ]{1,30}[.,?] (?:tienen|pero|quiero|hay|solo|si)",
    "no (?:busco|quiero|necesito|estoy buscando) (?:medio tiempo|part|de medio|turno|trabajar)",
    "me equivoque|puse mal|se me (?:fue|paso)",
    "(?:ya )?no tengo ese number|tengo number (?:nuevo|equivocado)",
    "(?:direccion|link|dia|fecha|hora|correo)(?: [a-z]+)? equivocado",
  ],
  stop: [
    "no mas (?:informacion|llamadas|nada|contacto)",
    "no (?:quiero |deseo )?(?:mas )?contacto [.,]",
    "no se (?:vuelvan?|vuelvas|sigan?) (?:a )?(?:comunica[a-z]+|contactar|pon[a-z]+ en contacto)|no se (?:comuniqu|contact)[a-z]+(?: mas)?(?: (?:conmigo|con|[.,]))",
    "dejen? de (?:comunicarse|contactarse|ponerse)",
    "no (?:quiero|deseo) (?:ser|formar|estar)(?: mas)? (?:parte )?(?:de |en )?(?:esta |ninguna )?list",
    "(?:cancel(?:en|e|ar|a)|bloque(?:en|e|ar)) (?:a )?(?:mi|este) (?:number|contacto|registro)|cancel(?:ar|en|e) envio",
    `no me (?:lo|los|la|las) ${ASKED}`,
    "(?:me )?pueden (?:borrar|quitar|sacar|eliminar|remover)(?:me)?(?= [.,?])",
    "que (?:me )?(?:borr|quit|elimin|sac|remov|retir)(?:aran|ara|ieran|iera)(?:me)?(?: (?:de|del|mi|mis|number|list|[.,]))",
    "(?:quiero|necesito|pido|exijo|ruego|suplico) que (?:paren|pare|dejen|deje|cesen|ya paren)(?: (?:[.,]|msj|de|con))",
    "[.,] msj no [.,]",
    "no (?:quiero|deseo|quisiera|necesito|gustaria|pienso)(?: mas)?(?: seguir)? (?:ser|siendo|estar siendo) (?:contactad|molestad|textead|acosad|llamad)[oa]s?",
    "(?:cero|nada de|fuera|sin mas) (?:mas )?msj",
    "(?:ser|sea|quede|estar) (?:eliminad|removid|borrad|quitad|retirad|sacad|excluid|dad)[oa]s?(?: de)?(?: (?:list|msj|base|baja|esta list)| [.,])",
    "(?:quiten|quite|quita|eliminen|apaguen|apague|borren) msj",
    "(?:parenle|parele|parale|parenla|bajenle)(?: (?:a|con|de|ya))? (?:msj|esto|[.,])",
    "(?:estuvo|esta) (?:bueno|suave) (?:de|con) msj",
    "no (?:me )?(?:llam|marqu)[a-z]+ (?:ni|no|y|o) (?:me )?(?:no )?(?:escrib|mand|envi|text|mensaj)[a-z]*",
    "baja (?:definitiva|inmediata|total|permanente)",
    "no (?:me )?(?:frieguen|friegue|friegues|chingen|chinguen|jodan|jodas|chinges)(?: mas)?(?= [.,] )",
    "no (?:esten|estes|este) (?:fregando|chingando|jodiendo|molestando|escribiendo|mandando)",
    "(?:deje|dejen|deja|dejar) en paz",
    "no (?:quiero )?recibir (?:mas )?(?:msj|nada|llamadas|esto|informacion)|no recibir mas",
    "no un msj(?: mas)? [.,]",
    "(?:no es necesario|no hace falta|no necesito|no hay necesidad de)(?: de)? (?:que )?(?:me )?(?:mas )?(?:escriban|escriba|escribas|manden|mande|mandes|envien|envie|contacten|contacte|escribirme|escribir)(?: mas)?",
    "(?:deje|dejen|deja|dejar|dejes)(?: [a-z]+){1,4} en paz",
    "[.,] (?:dejenme|dejeme|dejame)(?= [.,])",
    "(?:bloqueen|borr(?:e|en)lo|elimin(?:e|en)lo|quit(?:e|en)lo|saqu(?:e|en)lo|eliminelo|borrelo)",
    "(?:remover|borrar|quitar|eliminar|sacar) (?:de (?:esta )?list|number)",
    "cancel(?:e|en|ar|a) (?:mis |todos )?msj",
    "(?:salirme|salir|saquenme|sacarme|borrarme) (?:de |del )?(?:esta |este )?(?:list|msj)",
    // No me escriban más, ya no me manden mensajes, no me vuelvan a escribir.
    `no (?:me |le |les |nos )(?:quiero que me |deseo que me )?${ASKED}(?! (?:turno|dinero|cheque|uniforme) )`,
    `no (?:quiero|deseo|quisiera|necesito|pienso|autorizo|acepto|permito|me gusta|me interesa|hace falta) (?:mas )?que (?:ya |no |me |you ){0,3}${ASKED}`,
    "no (?:me )?(?:escriban|molesten|escriba|moleste|molestes|escribas|contacten|contacte|texteen|textee|insistan|insista|insistas|jodan|chinguen|fastidien)(?= (?:[.,]|mas|a este|aqui|por|no|dejen|a esta|estoy|msj|al) )",
    "no (?:msj|hablen|hables|busquen)(?: mas)? a (?:este|esta)",
    "no (?:me )?(?:envien|manden|mande|envie|envies|mandes|sigan|siga|sigas)(?: me)? (?:[.,]|mas|msj|nada|cosas|trabajo|spam|esto|aqui|ningun|a este)",
    "no (?:me )?(?:vuelvan|vuelva|vuelvas|sigan|siga|sigas|esten|este) (?:a )?(?:escri|es?cri|env|cont|mol|bus|habl|mand|chin|jod|msj|insis|fasti)[a-z]*",
    "no (?:insistan|insista|insistas|sigas|sigan) (?:mas )?[.,]",
    "no me (?:msj|texten|textes|hablen|hables|busquen)(?= (?:[.,]|mas|a este|por) )",
    `no (?:mas )?${WRITE}(?: mas)?(?: msj)?(?= (?:[.,]|mas|msj|a este|nada|por|aqui|al) )`,
    `no (?:me )?(?:escribir|molestar|contactar|enviar|mandar|textear)(?:me|nos)(?= (?:[.,]|mas|msj|nada|a este|por|con|trabajo|informacion) )`,
    `pueden (?:ya )?no (?:me )?(?:${WRITE}|${ASKED})`,
    `(?:pido|pedi|pedimos|ruego|suplico|exijo|agradeceria|agradezco|solicito|gustaria|prefiero|preferiria|dije|digo|repito|apreciaria|quisiera|quiero|necesito|favor de|de)(?: que)?(?: ya)? no (?:me |nos |le )?(?:${ASKED}|${WISHED}|${WRITE}|recibir)`,
    `(?:agradeceria|gustaria|pido|pedi) que (?:me |ya )?(?:dejen|dejaran|dejara|deje|paren|pararan|quiten|quitaran|borren|borraran|eliminen)`,
    // No quiero recibir mensajes, no deseo, no autorizo.
    "no (?:quiero|deseo|quisiera|gustaria|busco|necesito|pienso|acepto|me interesa|interesa|interesado en|estoy interesado en)(?: (?:recibir|seguir|recibiendo|tener|ver|leer|estar|que|mas|de|nada|you|me)){0,5} msj(?! (?:mejor|llam) )",
    "no (?:quiero|deseo|me interesa|quisiera)(?: seguir)? (?:recibir|recibiendo)(?: mas)? (?:nada|trabajo|informacion|esto|de you|[.,]|llamadas)",
    "no (?:quiero|deseo) (?:saber )?(?:mas )?(?:nada )?(?:mas )?(?:de|con) you",
    "no (?:quiero|deseo) saber (?:mas )?(?:nada|de you)",
    "no (?:quiero|deseo) (?:estar|seguir) en (?:list|esta list|ninguna list)",
    "(?:no|sin) (?:autorizo|autorice|autorizado|doy|di|tienen|tiene|tienes|consiento|acepto|permito)(?: (?:mi|el|envio|permiso|consentimiento|autorizacion|derecho|de|a|para|que|me|you|recibir|por|ningun)){0,5} (?:msj|contact[a-z]*|escrib[a-z]*|mand[a-z]*|envi[a-z]*|textear[a-z]*)",
    "(?:retiro|revoco|cancelo|revocar|retirar) mi (?:consentimiento|permiso|autorizacion)",
    // Dejen de mandarme mensajes, paren los mensajes, no más mensajes, déjenme en paz.
    `${STOP}(?: ya| por favor)? (?:de |con )(?:llamar |llamarme |y |ni |o |estar |estarme |que |me |tanto |tanta )*${WRITE}`,
    `${STOP} (?:de |con |en )?(?:mandar |enviar |escribir |recibir |llegar |esos |a |de )*(?:msj|spam|mandarme|enviarme|molestar|escribir|fregar|marketing|chingaderas|esto(?= [.,] ))`,
    "(?:dejen|dejar|paren|parar|deje) de recibir(?:me)? (?:msj|esto|informacion|sus|[.,]|trabajo|you)",
    "(?:paren|pare|detengan|detener|cancelen|cancele|cancelar|cancela|suspendan|suspender|suspenda|terminen|eliminen|anulen|anular|desactiven|desactivar|bloqueen) (?:con |de |mi |recibir |envio |envio de |esta |esos ){0,3}(?:msj|suscripcion|esto|spam)",
    "(?:no|nomas|basta de|basta con|suficiente de|sin) (?:mas )?(?:msj|spam)(?: mas)? (?:[.,]|a este|de you|para)",
    "(?:[.,]) no mas (?:por |msj |trabajo |spam )?[.,]",
    `(?:dejenme|dejeme|dejame|dejar(?:me)?|dejadme|dejen(?:os)?|me (?:dejen|deje|dejes|dejas|dejan|dejaran)) (?:en paz|tranquil[oa]s?|sol[oa]|vivir|en pas)`,
    "stop (?:msj|no me|ya)",
    "alto (?:a |con |de )?(?:msj|spam|esto [.,])",
    // Bórrenme de su lista, borren mi número, quiero darme de baja.
    `${REMOVE_ME}(?: ya)?(?= (?:[.,]|de|del|list|base|msj|en|por|y|no|ya) )(?! de(?:l)? ${ELSE})(?! por error )`,
    `(?:me|nos) ${REMOVE}(?:n)? (?:ya )?(?:de |del )?(?:esta |aqui |ahi |esa )?(?:list|msj|base|[.,])`,
    `(?:me )?(?:pueden|quiero que|que|necesito que|deseo que|pido que|favor de|solicito que)(?: me| ya| por favor){0,2} ${REMOVE}(?:n)?(?:me|nos)? (?:de |del )?(?:esta |aqui |ahi |esa |mi )?(?:list|msj|number|base|contacto|[.,])`,
    `${REMOVE}(?:n)? (?:a )?(?:mi|este|ese|el) (?:number|contacto|msj)(?! (?:anterior|viej[oa]) )`,
    `${REMOVE}(?:n)? number`,
    `${REMOVE}(?:n)? mis? (?:datos|nombre|informacion) (?:de |del )(?:esta |list|msj|base)`,
    "(?:me )?(?:borran|quitan|sacan|eliminan|remueven)(?: ya)? (?:de |del )(?:esta |esa )?(?:list|msj|base|aqui|ahi)",
    "(?:darme|denme|deme|dame|darnos|me den|me de|me dan|me doy|den|dar|dar me|causar|me des|me podrian dar)(?: ya)? (?:de )?baja(?! (?:en|del|de (?:mi|la (?!list))|por|medica))",
    "(?:quiero|solicito|deseo|pido|necesito|tramitar|exijo) (?:la |mi |una )?baja",
    "baja (?:a |de |para )?(?:mi|este|esta|list|msj|mi number|inmediata)",
    "(?:quiero|deseo|como que me|que me|gustaria|pueden|favor de|[.,]|me) (?:desuscribir)",
    "desuscribir",
    "(?:sal[gi]a[a-z]*|salirme|salir) de (?:esta |este )?(?:list|msj)",
    "(?:pongan|ponga|agreguen|agregue)(?:me)? (?:mi number )?en (?:no llamar|no molestar|list de no|bloqueados|list negra)",
  ],
  bareStop: [
    "(?:[.,]|number|persona|equivocado|interesa|interesado|trabajo|si) (?:(?:y|no|ya|que) ){0,2}(?:paren|pare|basta|alto|detenganse|parenle|parele)(?: (?:ya|mas|esto|con esto|de esto|no me interesa))? (?:[.,]|no me)",
  ],
  stopWords: "basta paren pare alto detener detenganse detengan stop parenle parele",
  doubtWords:
    "cancelar baja parar para borrar eliminar quitar salir terminar cancelo cancele cancela parale remover spam estafa estafadores bloqueado bloqueada equivocado equivocada callense largo",
  besides: "msj me y si mas que number estan estas esta estas son es persona todo",
  doubt: [
    "bloqueenme|bloqueeme|bloquenme",
    "(?:si|cuando) me (?:vuelven|vuelve|vuelves) a",
    `(?:dejan|dejaran|paran|pararan|dejara|dejas) de ${WRITE}`,
    "(?<=^ )[.] no quiero(?: mas)? [.](?= $)",
    "[.,] (?:dejen|paren|parale)(?: ya)? [.,]",
    "si (?:me )?(?:vuelven|siguen|vuelve|sigue)(?: a)? (?:escrib|mand|molest|contact|envi)[a-z]*",
    "cancelar todo|dejense de|ya dejen(?=  )",
    // No me interesa, no estoy interesada, no busco trabajo.
    "no (?:me |nos )?interesa(?= (?:[.,?]|nada|por|este|esta|ese|trabajo|lo|eso|esto|en|dejen|borr|mas|ni|quit[a-z]+|ya|y|tengo) )",
    "(?:no|ni) (?:estoy|soy|ando|sigo|me encuentro) (?:mas )?(?:interesado|buscando|en busca)(?: en| de)?(?: este)?(?: (?:[.,?]|trabajo|nada|esto|ya))",
    "(?:no|ni) (?:necesito|quiero|busco|requiero)(?: mas)? (?:nada(?! mas)|esto|trabajo|de su ayuda|ayuda)(?= (?:[.,?]|por|de you|mas|tengo) )",
    "(?:[.,]) (?:ya )?no (?:mas )?(?:por |no )?[.](?= $)(?<=mas [.])",
    "sin interes",
    // Número equivocado; no soy esa persona; ya no tiene este número.
    "equivocado(?! (?:de (?:dia|fecha|direccion)|en (?:mi|la)) )(?<!(?:direccion|link|me he) equivocado)",
    "se (?:equivoco|equivocaron|equivoca|equivocan|ha equivocado|han equivocado)(?! (?:de (?:dia|fecha|direccion)) )",
    "(?:no|ni) (?:es|soy)(?: yo)? (?:mi number|number|esa persona|ese|esa|persona|quien (?:busca|cree|piensa)[a-z]*|mi nombre|number de [a-z]+|la persona)",
    "(?:este|ese|esto) no es (?:mi |number|mi number|de |nombre)",
    "(?:aqui|en este number) no (?:vive|existe|trabaja|hay (?:nadie (?:llamad|con|que)))",
    "(?:aqui )?no (?:vive|existe|hay)(?: aqui)? (?:nadie (?:con|que|llamad[oa])|ninguna?|ningun)",
    "no conozco a (?!nadie)[a-z]+",
    "(?:ella|persona|[.,]|[a-z]+) no (?:tiene|usa|es) (?:mas )?(?:este|ese|dueno)(?: number)?",
    "(?<=^ )[.] (?:yo )?no soy (?!ciudadan|bueno|buena|de|muy|chofer|tan|un|una|el|la|mal|mala|residente|legal|mayor|menor|bilingue|americano|capaz|fuerte|joven|nuevo|flojo|floja|experto|experta|yo|asi|muy)[a-z]{3,}(?: [a-z]+)? [.](?= $)",
    // Yo no me suscribí, no les di mi número, por qué me escriben.
    "no (?:me |les |le |te )?(?:registre|inscribi|suscribi|subscribi|apunte|anote|aplique|pedi|solicite|autorice|acepte|he pedido|he solicitado|di|hice)(?: (?:a|en|para|mi|ningun|ese|este|este tipo de|que)){0,3} (?:esto|eso|nada|msj|you|permiso|autorizacion|informacion|list|number(?! de)|aqui|me (?:escrib|mand|envi)[a-z]*|estos)",
    "no (?:me )?(?:registre|inscribi|suscribi|subscribi|apunte|anote)(?= [.,] )",
    "porque (?:me|nos) (?:[a-z]+ )?(?:escrib|mand|envi|contact|molest|msj|sigue|siguen|busc|acos|llega)[a-z]*",
    "porque (?:sigo|estoy) recibiendo|sigo recibiendo(?: (?:msj|esto|estos))|me (?:siguen|sigue|sigues|estan|esta) (?:llegando|mandando|enviando|escribiendo|molestando)",
    "me (?:estan|esta|estas) (?:escribiendo|molestando|hartando|acosando|fastidiando|hostigando|mandando)",
    "(?:siguen|sigue|sigues) (?:escribiendo|molestando|mandando|insistiendo|chingando|jodiendo)",
    "me (?:molestan|tienen hart[oa]|tiene hart[oa]|hartaron|cansaron|han hartado|tienen cansad[oa]|fastidian)|me canse de (?:msj|you|sus)",
    "(?:hart[oa]|cansad[oa]|aburrid[oa]) de (?:[.,?]|msj|you|esto|recibir|que me|tanto)",
    "(?:demasiados|muchos|tanto|tantos|bastantes) msj(?! de trabajo )|mandan muchos msj|cuantas veces",
    "que (?:fastidio|molestos?|latosos?|pesados?|necedad|molestia|enfadosos?)",
    // Esto es spam, los voy a reportar.
    "(?:esto|eso|puro|es|como|una|un|son|unos|unas) (?:es |un |una |unos )?(?:spam|acoso|estafa|estafadores|fraude|hostigamiento|robo)(?! [?] )",
    "voy a (?:reportar|denunciar|demandar|bloquear|llamar a policia)(?:los|lo|te|la)?|(?<!me )(?:reportare|denuncio|denunciare|bloqueare|reportados?|reportando)(?= (?:[.,]|este|number|a|como|you) )",
    "(?:los|lo|te|estas|estan|number) (?:voy a |tengo |tendre que |he )*(?:bloque[a-z]+|report[a-z]+|denunci[a-z]+|demand[a-z]+)",
    "policia (?:[.,])",
    "no (?:me )?(?:llamen?|llames|marquen?|marques)(?= (?:[.,]|a este|otra|mas|por|a mi|nunca|a esta) )(?! (?:a mi (?:jefe|trabajo)) )",
    "dejen? de (?:llamar|marcar)(?:me)?",
    "(?:retir(?:en|ar|e|o)|cancel(?:en|ar|e|o)|elimin(?:en|ar|e)|borr(?:en|ar|e)|quit(?:en|ar|e))(?: mi| mis) (?:solicitud|aplicacion|informacion|datos|cuenta|perfil|postulacion|candidatura|nombre|expediente)(?! (?:duplicad|anterior|viej) )",
    "no me dejan en paz",
    // Basta, alto, esto tiene que parar.
    "[.,?] (?:basta|alto|paren|pare|para|callense|callate|largo|largense|vayanse|vete|fuera|ya estuvo|estuvo|quitense)(?= (?:[.,?]|de aqui) )",
    "[.,?] (?:basta|alto) (?:de|con (?:esto|eso)|a)",
    "(?:esto|eso|msj) tiene(?:n)? que (?:parar|terminar|acabar)",
    "(?:chinga|chinguen|chingen|jodanse|jodete|vayanse|vete|vayan)(?: a| tu| a su)* (?:madre|verga|mierda|carajo|chingada|diablo)|jodanse",
    "(?:esten|estes|este) (?:chingando|jodiendo|molestando)",
    `(?:${REMOVE_ME})`,
    "no (?:mas|quiero) msj",
    "no (?:me )?(?:mandan|manda|mandas|escriben|escribe|escribes|envian|envia|envias) mas",
  ],
};
