//! What is written while a project is followed: meetings, notes, promises, coaching.

use super::Pool;

pub(in crate::demo) const MET: Pool = Pool::of(
    &[
        "Point de suivi mensuel.", "Échange rapide à la demande de l'équipe.",
        "Revue de l'avancement avec l'équipe scientifique.", "Réponse aux questions reçues lundi.",
        "Réunion de préparation du prochain jalon.", "Premier échange depuis la reprise.",
        "Visite du laboratoire et des équipements.", "Relecture commune de la présentation.",
        "Discussion du calendrier réglementaire.", "Retour sur la rencontre avec la plateforme.",
        "Tour des besoins pour le semestre.", "Appel à la suite du courriel d'hier.",
    ],
    &[
        "Monthly follow-up.", "A short exchange at the team's request.",
        "Review of progress with the scientific team.", "Answers to the questions of Monday.",
        "Preparation of the next milestone.", "First exchange since work resumed.",
        "Visit of the laboratory and its equipment.", "Went through the deck together.",
        "Discussion of the regulatory calendar.", "Feedback on the meeting with the platform.",
        "Round of needs for the coming half-year.", "Call following yesterday's e-mail.",
    ],
);

pub(in crate::demo) const LEARNT: Pool = Pool::of(
    &[
        "Les données précliniques sont complètes sauf la toxicologie.",
        "Le plan de développement clinique reste à chiffrer.",
        "La liberté d'exploitation doit être vérifiée avant tout contrat.",
        "Le recrutement d'un directeur médical prend du retard.",
        "Deux échantillons sur dix étaient inexploitables ; la procédure est revue.",
        "La cohorte prospective a inclus son premier patient.",
        "Le modèle économique hésite entre licence et vente directe.",
        "Le comité d'éthique demande une notice d'information plus courte.",
        "L'algorithme perd trois points de spécificité sur les données externes.",
        "La bioproduction à façon coûte deux fois plus que prévu.",
        "Le brevet prioritaire expire dans huit mois ; l'extension est à décider.",
        "L'équipe a répondu à deux appels européens.",
        "Le prototype tient quatre heures ; il en faut huit au bloc.",
        "Un industriel demande une exclusivité que l'équipe ne souhaite pas.",
        "La table de capitalisation est claire et à jour.",
        "Les statuts sont signés, l'immatriculation suit.",
        "Les résultats sur organoïdes confirment ceux du modèle murin.",
        "Le dossier de subvention est déposé, réponse sous trois mois.",
        "Le calendrier de l'essai a glissé d'un trimestre.",
        "L'analyse de marché manque encore de sources.",
        "L'accord de transfert de matériel est chez les juristes.",
        "L'équipe maîtrise mieux sa présentation ; le message clinique est net.",
    ],
    &[
        "Preclinical data are complete but for toxicology.",
        "The clinical development plan has no budget yet.",
        "Freedom to operate has to be checked before any contract.",
        "Hiring a medical director takes longer than planned.",
        "Two samples out of ten could not be used; the procedure is under review.",
        "The prospective cohort included its first patient.",
        "The business model wavers between licensing and direct sales.",
        "The ethics committee asks for a shorter information sheet.",
        "The algorithm loses three points of specificity on external data.",
        "Contract manufacturing costs twice as much as planned.",
        "The priority patent year ends in eight months; extension has to be decided.",
        "The team answered two European calls.",
        "The prototype lasts four hours; surgery needs eight.",
        "An industrial partner asks for an exclusivity that the team does not want.",
        "The cap table is clear and up to date.",
        "The articles are signed, registration follows.",
        "Results on organoids confirm those in mice.",
        "The grant application is in; an answer is due in three months.",
        "The trial slipped by a quarter.",
        "The market analysis still lacks sources.",
        "The material transfer agreement is with the lawyers.",
        "The team presents better now; the clinical message is clear.",
    ],
);

pub(in crate::demo) const NEXT: Pool = Pool::of(
    &[
        "Prochain point dans quatre semaines.", "Le guichet envoie deux contacts utiles.",
        "L'équipe transmet la nouvelle version avant la fin du mois.",
        "Rien à décider d'ici là.", "À revoir avec le mentor.",
        "Un rendez-vous avec la plateforme est à prendre.",
        "Le sujet du financement revient à la prochaine réunion.",
        "La question réglementaire est posée à un expert.",
    ],
    &[
        "Next meeting in four weeks.", "The office sends two useful contacts.",
        "The team sends the new version before the end of the month.",
        "Nothing to decide until then.", "To be seen again with the mentor.",
        "An appointment with the platform is to be made.",
        "Funding comes back at the next meeting.",
        "The regulatory question goes to an expert.",
    ],
);

pub(in crate::demo) const PROMISE: Pool = Pool::of(
    &[
        "Envoyer la liste des comités d'éthique.", "Relire le résumé non confidentiel.",
        "Fournir le plan de développement chiffré.", "Proposer trois dates à la plateforme.",
        "Transmettre les lettres de soutien.", "Vérifier l'éligibilité au crédit d'impôt.",
        "Mettre à jour la présentation.", "Chercher un précédent réglementaire.",
    ],
    &[
        "Send the list of ethics committees.", "Proofread the non-confidential summary.",
        "Supply the development plan with its budget.", "Suggest three dates to the platform.",
        "Forward the letters of support.", "Check eligibility for the tax credit.",
        "Update the deck.", "Look for a regulatory precedent.",
    ],
);

pub(in crate::demo) const NOTE: Pool = Pool::of(
    &[
        "Préfère être appelée le matin.", "Équipe soudée, décisions rapides.",
        "Attention aux délais de la tutelle.", "À mettre en avant dans le rapport annuel.",
        "Ne pas relancer avant la réponse du financeur.", "Bonne connaissance du réglementaire.",
        "Le sujet de l'essaimage est sensible dans l'établissement.",
        "Souhaite participer aux ateliers plutôt qu'aux visites.",
        "Penser à proposer un mentor en affaires réglementaires.",
        "Les documents partagés sont en anglais seulement.",
    ],
    &[
        "Prefers to be called in the morning.", "A close team that decides fast.",
        "Mind the delays of the parent institution.", "Worth a mention in the annual report.",
        "Do not chase before the funder answers.", "Knows regulation well.",
        "Spinning off is a delicate subject in their institution.",
        "Would rather come to workshops than to visits.",
        "Think of a mentor for regulatory affairs.",
        "Shared documents are in English only.",
    ],
);

pub(in crate::demo) const ACTION: Pool = Pool::of(
    &[
        "Formuler la question de liberté d'exploitation.", "Chiffrer le plan clinique.",
        "Demander un avis scientifique à l'agence.", "Préparer le dossier de subvention.",
        "Choisir le cabinet de brevets.", "Rédiger le protocole de l'étude pilote.",
        "Mettre en place le conseil scientifique.", "Comparer trois façonniers.",
        "Documenter la gestion des risques.", "Rassembler les accords des co-inventeurs.",
    ],
    &[
        "Word the freedom-to-operate question.", "Put a budget on the clinical plan.",
        "Ask the agency for scientific advice.", "Prepare the grant application.",
        "Choose the patent attorneys.", "Write the protocol of the pilot study.",
        "Set up the scientific board.", "Compare three manufacturers.",
        "Document risk management.", "Gather the co-inventors' agreements.",
    ],
);

pub(in crate::demo) const MILESTONE: Pool = Pool::of(
    &[
        "Preuve de concept in vivo.", "Avis scientifique de l'agence.",
        "Immatriculation de la société.", "Clôture du premier tour.",
        "Premier patient inclus.", "Dépôt du second brevet.", "Dossier technique complet.",
        "Premier contrat avec un hôpital.",
    ],
    &[
        "Proof of concept in vivo.", "Scientific advice from the agency.",
        "Registration of the company.", "Closing of the first round.",
        "First patient included.", "Second patent filed.", "Complete technical file.",
        "First contract with a hospital.",
    ],
);

pub(in crate::demo) const MISSED: Pool = Pool::of(
    &[
        "L'agence demande une étude de toxicologie de plus.", "Le partenaire a renoncé.",
        "Retard de livraison du banc d'essai.", "Recrutement non abouti.",
    ],
    &[
        "The agency asks for one more toxicology study.", "The partner withdrew.",
        "The test bench came late.", "Nobody was hired in time.",
    ],
);

pub(in crate::demo) const STAGE_SHOWN: Pool = Pool::of(
    &[
        "Société immatriculée, premier tour clos.", "Preuve de concept publiée.",
        "Équipe fondatrice complète et licence signée.", "Première vente à un centre pilote.",
    ],
    &[
        "The company is registered and its first round closed.", "Proof of concept published.",
        "Founding team complete and licence signed.", "First sale to a pilot centre.",
    ],
);

pub(in crate::demo) const STAGE_WRONG: Pool = Pool::of(
    &["La société n'est pas encore immatriculée.", "Le tour annoncé n'est pas clos."],
    &["The company is not registered yet.", "The round that was announced is not closed."],
);

pub(in crate::demo) const OBJECTIVES: Pool = Pool::of(
    &[
        "Un plan clinique lisible par un investisseur.",
        "Une stratégie réglementaire arrêtée et un dossier prêt pour l'agence.",
        "Une société créée, une équipe complète, un premier tour préparé.",
        "Une présentation claire et une propriété intellectuelle solide.",
    ],
    &[
        "A clinical plan that an investor can read.",
        "A settled regulatory strategy and a file ready for the agency.",
        "A company founded, a complete team, a first round prepared.",
        "A clear deck and sound intellectual property.",
    ],
);

pub(in crate::demo) const COACHED: Pool = Pool::of(
    &[
        "Présentation réduite à dix diapositives ; celle du marché manque de sources.",
        "Le profil de produit cible est écrit ; le comparateur reste à choisir.",
        "La voie réglementaire retenue est celle d'un dispositif de classe IIb.",
        "Revue du plan préclinique : une espèce suffit pour commencer.",
        "Le prévisionnel tient sur trois ans ; le besoin est de 2,5 M€.",
        "Simulation d'entretien avec un investisseur ; les réponses sur le prix sont faibles.",
        "La chaîne de production est décrite ; les contrôles de libération restent ouverts.",
        "Répartition des parts discutée calmement ; un pacte est à rédiger.",
        "Les données sont bien gérées ; l'accès par des tiers n'est pas prévu.",
        "Le parcours d'accès au marché est compris pour deux pays.",
        "Le protocole gagne à être plus simple : un seul critère principal.",
    ],
    &[
        "Cut the deck to ten slides; the market slide needs sources.",
        "The target product profile is written; the comparator is still open.",
        "The regulatory route is that of a class IIb device.",
        "Preclinical plan reviewed: one species is enough to begin with.",
        "The forecast holds for three years; 2.5 M€ are needed.",
        "Mock interview with an investor; answers on pricing are weak.",
        "Manufacturing is described; release tests are still open.",
        "Equity split discussed calmly; a shareholders' agreement is to be written.",
        "Data are well kept; access for third parties is not foreseen.",
        "Market access is understood for two countries.",
        "The protocol gains from being simpler: one primary endpoint only.",
    ],
);

pub(in crate::demo) const TODO: Pool = Pool::of(
    &[
        "Trouver trois sources pour la taille du marché.", "Choisir le critère principal.",
        "Écrire une page sur le parcours de soins.", "Refaire le calcul de puissance.",
        "Préparer cinq questions à l'agence.",
    ],
    &[
        "Find three sources for the market size.", "Choose the primary endpoint.",
        "Write one page on the care pathway.", "Redo the power calculation.",
        "Prepare five questions for the agency.",
    ],
);

pub(in crate::demo) const PLACE: Pool = Pool::of(
    &[
        "Salle de réunion du deuxième étage", "Bureau du guichet, rez-de-chaussée",
        "https://visio.example/salle-3", "https://visio.example/salle-7",
    ],
    &[
        "Meeting room on the second floor", "The office, ground floor",
        "https://meet.example/room-3", "https://meet.example/room-7",
    ],
);

pub(in crate::demo) const QUESTION: Pool = Pool::of(
    &[
        "À qui appartient le brevet sur la sonde ?",
        "Quel est le statut des échantillons déjà collectés ?",
        "Pouvez-vous préciser la composition de l'équipe ?",
        "Un autre financement public couvre-t-il les mêmes dépenses ?",
        "Quel établissement hébergera le projet ?",
    ],
    &[
        "Who owns the patent on the probe?", "What is the status of the samples collected so far?",
        "Could you tell more about the team?",
        "Does other public funding cover the same expenses?",
        "Which institution will host the project?",
    ],
);

pub(in crate::demo) const ANSWER: Pool = Pool::of(
    &[
        "L'université en est propriétaire et nous accorde une option.",
        "Collection déclarée, consentements valables pour la recherche.",
        "L'équipe compte cinq personnes, dont deux à plein temps.",
        "Aucun autre financement public sur ce périmètre.",
        "L'hôpital héberge le projet par convention.",
    ],
    &[
        "The university owns it and grants us an option.",
        "The collection is declared; consents are valid for research.",
        "The team is five people, two of them full time.", "No other public funding for this.",
        "The hospital hosts the project under an agreement.",
    ],
);

pub(in crate::demo) const READY: Pool = Pool::of(
    &[
        "Premiers résultats sur quarante échantillons.", "Prototype montré sur banc.",
        "Trois lettres d'intérêt de services cliniques.", "Une famille de brevets, un essai en vue.",
    ],
    &[
        "First results on forty samples.", "Prototype shown on the bench.",
        "Three letters of interest from clinical departments.", "One patent family, a trial in sight.",
    ],
);
