/** What people say on the telephone, in five languages: openings, questions, answers, summaries and short messages. */

export interface Topic {
  readonly name: string
  /** The tag an agent would put on it. */
  readonly tag: string
  /** Seconds of a middling call. */
  readonly median: number
  /** How often it comes, of a hundred. */
  readonly share: number
}

export const topics: ReadonlyArray<Topic> = [
  { name: "appointment", tag: "meeting_booked", median: 95, share: 30 },
  { name: "billing", tag: "billing", median: 240, share: 18 },
  { name: "quote", tag: "interested", median: 310, share: 16 },
  { name: "delivery", tag: "follow_up_later", median: 120, share: 14 },
  { name: "support", tag: "support", median: 420, share: 15 },
  { name: "complaint", tag: "to_call_back", median: 540, share: 7 }
]

/** What is said about one topic. */
export interface Script {
  readonly openings: ReadonlyArray<string>
  readonly replies: ReadonlyArray<string>
  readonly details: ReadonlyArray<string>
  readonly summaries: ReadonlyArray<string>
}

export interface Language {
  readonly code: string
  /** `{agent}` is the first name of whoever answers. */
  readonly greetings: ReadonlyArray<string>
  readonly closings: ReadonlyArray<string>
  readonly farewells: ReadonlyArray<string>
  readonly messages: ReadonlyArray<string>
  readonly voicemails: ReadonlyArray<string>
  readonly scripts: ReadonlyArray<Script>
}

const english: Language = {
  code: "en",
  greetings: ["Good morning, {agent} speaking.", "Hello, you are talking to {agent}, what can I do for you?"],
  closings: ["I will send you a written confirmation.", "Is there anything else today?"],
  farewells: ["That is all, thank you.", "Great, have a good day!"],
  messages: [
    "Running ten minutes late, sorry!",
    "Your order is ready 📦",
    "Could you call me back this afternoon?",
    "Thanks for your help 🙏 it's solved",
    "Here is the \"long\" version: the part arrives on Tuesday."
  ],
  voicemails: ["Hi, please call me back when you have a moment."],
  scripts: [
    {
      openings: ["I would like to book an appointment.", "Can I move my appointment to next week?"],
      replies: ["Thursday at ten is free.", "I can offer you Monday afternoon."],
      details: ["Thursday suits me.", "Could it be a little later?"],
      summaries: ["Caller booked an appointment for Thursday at ten.", "Caller moved the appointment to next week."]
    },
    {
      openings: ["I have a question about my last invoice.", "I think I was charged twice."],
      replies: ["Let me open the invoice with you.", "I see two payments, I will refund one."],
      details: ["The amount is higher than agreed.", "It is on the card statement of this month."],
      summaries: ["Caller disputes an invoice; a refund was promised.", "Caller asked why the invoice was higher."]
    },
    {
      openings: ["What would it cost for fifty people?", "I am comparing offers and need a quote."],
      replies: ["I will prepare a quote with two options.", "The price depends on the number of seats."],
      details: ["We decide at the end of the month.", "Our budget is tight this year."],
      summaries: ["Caller wants a quote for fifty seats.", "Caller compares offers; decision at the end of the month."]
    },
    {
      openings: ["Where is my parcel?", "The delivery did not arrive yesterday."],
      replies: ["It left the depot this morning.", "The driver will try again tomorrow."],
      details: ["I am at home until noon.", "The tracking page has not moved."],
      summaries: ["Caller asked about a late parcel.", "Second delivery attempt agreed for tomorrow."]
    },
    {
      openings: ["The application does not start any more.", "I cannot log in since the update."],
      replies: ["Please restart it while I watch the logs.", "I am resetting your password now."],
      details: ["It shows a grey window.", "The same on my colleague's computer."],
      summaries: ["Caller cannot log in since the update; reset done.", "Application fails to start; ticket opened."]
    },
    {
      openings: ["This is the third time I am calling!", "I am really not satisfied with the service."],
      replies: ["I am sorry, I take care of it myself.", "You are right, that should not have happened."],
      details: ["Nobody ever called me back.", "I want to speak to a manager."],
      summaries: ["Caller complained about missing call-backs; escalated.", "Caller asked for a manager."]
    }
  ]
}

const french: Language = {
  code: "fr",
  greetings: ["Bonjour, {agent} à l'appareil.", "Bonjour, c'est {agent}, que puis-je faire pour vous ?"],
  closings: ["Je vous envoie une confirmation par écrit.", "Puis-je faire autre chose pour vous ?"],
  farewells: ["C'est parfait, merci beaucoup.", "Très bien, bonne journée !"],
  messages: [
    "J'arrive dans dix minutes, désolée !",
    "Votre commande est prête 📦",
    "Pouvez-vous me rappeler cet après-midi ?",
    "Merci, c'est réglé 👍"
  ],
  voicemails: ["Bonjour, merci de me rappeler dès que possible."],
  scripts: [
    {
      openings: ["Je voudrais prendre rendez-vous.", "Est-ce que je peux décaler mon rendez-vous ?"],
      replies: ["J'ai une place jeudi à dix heures.", "Lundi après-midi, cela vous irait ?"],
      details: ["Jeudi me convient.", "Un peu plus tard, si possible."],
      summaries: ["Rendez-vous pris pour jeudi à dix heures.", "Rendez-vous décalé à la semaine prochaine."]
    },
    {
      openings: ["J'ai une question sur ma dernière facture.", "On m'a prélevé deux fois."],
      replies: ["J'ouvre la facture avec vous.", "Je vois deux paiements, je vous rembourse."],
      details: ["Le montant dépasse le devis.", "C'est sur le relevé de ce mois-ci."],
      summaries: ["Facture contestée, remboursement promis.", "Question sur le montant d'une facture."]
    },
    {
      openings: ["Combien cela coûterait pour cinquante personnes ?", "Je compare plusieurs offres."],
      replies: ["Je vous prépare un devis avec deux options.", "Le prix dépend du nombre de postes."],
      details: ["Nous décidons à la fin du mois.", "Le budget est serré cette année."],
      summaries: ["Devis demandé pour cinquante postes.", "Comparaison d'offres, décision en fin de mois."]
    },
    {
      openings: ["Où est mon colis ?", "La livraison n'est pas arrivée hier."],
      replies: ["Il a quitté le dépôt ce matin.", "Le livreur repasse demain."],
      details: ["Je suis chez moi jusqu'à midi.", "Le suivi n'a pas bougé."],
      summaries: ["Colis en retard.", "Deuxième passage convenu pour demain."]
    },
    {
      openings: ["L'application ne démarre plus.", "Je n'arrive plus à me connecter."],
      replies: ["Redémarrez-la, je regarde les journaux.", "Je réinitialise votre mot de passe."],
      details: ["Il y a une fenêtre grise.", "C'est pareil chez ma collègue."],
      summaries: ["Connexion impossible, mot de passe réinitialisé.", "L'application ne démarre plus, ticket ouvert."]
    },
    {
      openings: ["C'est la troisième fois que j'appelle !", "Je ne suis vraiment pas satisfait."],
      replies: ["Je suis navrée, je m'en occupe moi-même.", "Vous avez raison, c'est anormal."],
      details: ["Personne ne m'a jamais rappelé.", "Je veux parler à un responsable."],
      summaries: ["Réclamation : aucun rappel reçu, dossier transmis.", "Le client demande un responsable."]
    }
  ]
}

const arabic: Language = {
  code: "ar",
  greetings: ["مرحبا، معك {agent}."],
  closings: ["سأرسل لك تأكيدا كتابيا."],
  farewells: ["شكرا جزيلا، مع السلامة."],
  messages: ["سأتأخر عشر دقائق، عذرا", "طلبك جاهز 📦"],
  voicemails: ["مرحبا، يرجى معاودة الاتصال بي."],
  scripts: [
    {
      openings: ["أريد حجز موعد."],
      replies: ["لدي موعد يوم الخميس."],
      details: ["الخميس مناسب."],
      summaries: ["تم حجز موعد يوم الخميس."]
    },
    {
      openings: ["لدي سؤال عن الفاتورة."],
      replies: ["سأفتح الفاتورة معك."],
      details: ["المبلغ أعلى من المتفق عليه."],
      summaries: ["استفسار عن مبلغ الفاتورة."]
    },
    {
      openings: ["كم السعر لخمسين شخصا؟"],
      replies: ["سأحضر لك عرض سعر."],
      details: ["نقرر في نهاية الشهر."],
      summaries: ["طلب عرض سعر لخمسين شخصا."]
    },
    {
      openings: ["أين طردي؟"],
      replies: ["غادر المستودع هذا الصباح."],
      details: ["أنا في البيت حتى الظهر."],
      summaries: ["استفسار عن طرد متأخر."]
    },
    {
      openings: ["التطبيق لا يعمل."],
      replies: ["سأعيد تعيين كلمة المرور."],
      details: ["تظهر نافذة رمادية."],
      summaries: ["مشكلة في الدخول وتم الحل."]
    },
    {
      openings: ["هذه ثالث مرة أتصل!"],
      replies: ["أعتذر، سأتابع الأمر بنفسي."],
      details: ["لم يتصل بي أحد."],
      summaries: ["شكوى من عدم معاودة الاتصال."]
    }
  ]
}

const japanese: Language = {
  code: "ja",
  greetings: ["お電話ありがとうございます、{agent}です。"],
  closings: ["確認書をお送りします。"],
  farewells: ["ありがとうございました。"],
  messages: ["10分ほど遅れます🙇", "ご注文の準備ができました📦"],
  voicemails: ["折り返しお電話ください。"],
  scripts: [
    {
      openings: ["予約を取りたいのですが。"],
      replies: ["木曜日の十時が空いております。"],
      details: ["木曜日でお願いします。"],
      summaries: ["木曜日十時の予約を受けた。"]
    },
    {
      openings: ["請求書について質問があります。"],
      replies: ["請求書を確認いたします。"],
      details: ["金額が高いようです。"],
      summaries: ["請求金額の問い合わせ。"]
    },
    {
      openings: ["五十名の見積もりをお願いします。"],
      replies: ["二案でお作りします。"],
      details: ["月末に決めます。"],
      summaries: ["五十名分の見積もり依頼。"]
    },
    {
      openings: ["荷物はどこですか。"],
      replies: ["今朝出荷されました。"],
      details: ["正午まで家にいます。"],
      summaries: ["配達遅れの問い合わせ。"]
    },
    {
      openings: ["アプリが起動しません。"],
      replies: ["パスワードを再設定します。"],
      details: ["灰色の画面が出ます。"],
      summaries: ["ログイン不具合、再設定済み。"]
    },
    {
      openings: ["電話するのは三回目です。"],
      replies: ["申し訳ございません、私が担当します。"],
      details: ["折り返しがありません。"],
      summaries: ["折り返しなしの苦情。"]
    }
  ]
}

const spanish: Language = {
  code: "es",
  greetings: ["Buenos días, le atiende {agent}."],
  closings: ["Le envío una confirmación por escrito."],
  farewells: ["¡Muchas gracias, hasta luego!"],
  messages: ["Llego diez minutos tarde, ¡perdón!", "Su pedido está listo 📦"],
  voicemails: ["Hola, llámeme cuando pueda, por favor."],
  scripts: [
    {
      openings: ["Quisiera pedir una cita."],
      replies: ["Tengo libre el jueves a las diez."],
      details: ["El jueves me viene bien."],
      summaries: ["Cita fijada para el jueves a las diez."]
    },
    {
      openings: ["Tengo una duda sobre la factura."],
      replies: ["Abro la factura con usted."],
      details: ["El importe es más alto de lo acordado."],
      summaries: ["Duda sobre el importe de la factura."]
    },
    {
      openings: ["¿Cuánto costaría para cincuenta personas?"],
      replies: ["Le preparo un presupuesto."],
      details: ["Decidimos a fin de mes."],
      summaries: ["Presupuesto pedido para cincuenta personas."]
    },
    {
      openings: ["¿Dónde está mi paquete?"],
      replies: ["Salió del almacén esta mañana."],
      details: ["Estoy en casa hasta mediodía."],
      summaries: ["Paquete con retraso."]
    },
    {
      openings: ["La aplicación no arranca."],
      replies: ["Le restablezco la contraseña."],
      details: ["Sale una ventana gris."],
      summaries: ["No podía entrar; contraseña restablecida."]
    },
    {
      openings: ["¡Es la tercera vez que llamo!"],
      replies: ["Lo siento, me ocupo yo misma."],
      details: ["Nadie me devolvió la llamada."],
      summaries: ["Queja por llamadas sin devolver."]
    }
  ]
}

export const languages: ReadonlyArray<Language> = [english, french, arabic, japanese, spanish]

export const englishLanguage = english

/** What a caller wants of a clinic, in the order of Allomia's intents. */
export const clinicScripts: ReadonlyArray<Omit<Script, "summaries">> = [
  {
    openings: ["I would like to see the doctor this week.", "Can I book a cleaning for two people?"],
    replies: ["Thursday at ten is free.", "I can offer you Monday afternoon."],
    details: ["Thursday suits me.", "Could it be a little later?"]
  },
  {
    openings: ["I need to move my visit of tomorrow.", "Something came up, can I come next week?"],
    replies: ["I found your visit; when would you like to come?", "The same time a week later is free."],
    details: ["Any morning would do.", "Next Tuesday would be perfect."]
  },
  {
    openings: ["I have to cancel my visit.", "I will not be able to come on Friday."],
    replies: ["I have taken it out of the calendar.", "Shall I look for another day?"],
    details: ["No, I will call again.", "I feel better already."]
  },
  {
    openings: ["My prescription is running out.", "Could you send a refill to my pharmacy?"],
    replies: ["Which medicine is it?", "I will ask the doctor to renew it."],
    details: ["The same as last time, 20 mg.", "I have tablets left for three days."]
  },
  {
    openings: ["I have a question about my bill.", "I think my insurance should have paid this."],
    replies: ["Let me look at the bill with you.", "Somebody from accounting can explain it."],
    details: ["It is the one of last month.", "The amount is higher than I was told."]
  },
  {
    openings: ["When are you open on Saturday?", "Are you open over the holidays?"],
    replies: ["On Saturdays we are open from nine to one.", "We are closed on public holidays."],
    details: ["And on weekdays?", "Do I need an appointment?"]
  },
  {
    openings: ["Are my test results there?", "I had a blood test on Monday."],
    replies: ["They came in this morning; a nurse has to read them to you.", "Results take three working days."],
    details: ["Can she call me back?", "Is it something serious?"]
  }
]

/** How an AI agent of a clinic begins and ends. */
export const clinicAgent = {
  greetings: ["Thank you for calling, this is {agent}.", "Hello, {agent} here, how can I help?"],
  closings: ["Is there anything else I can do?", "Take care, goodbye."],
  farewells: ["No, thank you.", "Thanks, bye!"],
  voicemails: ["Hello, this is {agent}; please call the clinic back when you can."]
}
