"""The French words of the demo: names, schools, subjects, what people write. Data only."""

from __future__ import annotations

COACHES = (
    ("Hélios", "Agrégé de mathématiques", "La rigueur qui éclaire", ("MATHEMATIQUES", "PHYSIQUE_CHIMIE")),
    ("Zénon", "Agrégé de philosophie", "Penser pas à pas", ("PHILOSOPHIE", "SES")),
    ("Athéna", "Ingénieure, certifiée NSI", "Apprendre en construisant", ("NSI", "SVT")),
    ("Clio", "Certifiée d'histoire-géographie", "Raconter pour comprendre", ("HISTOIRE_GEO", "FRANCAIS")),
    ("Orphée", "Agrégé d'anglais", "Une langue, une voix", ("ANGLAIS", "ESPAGNOL")),
)
"""Pseudonym, title, tag and subjects of the first five coaches; later ones teach as the one of the same place."""

GREEKS = (
    "Thalès", "Euclide", "Pythagore", "Archimède", "Hypatie", "Platon", "Aristote", "Socrate", "Diotime", "Épicure",
    "Héraclite", "Parménide", "Démocrite", "Anaxagore", "Empédocle", "Hérodote", "Thucydide", "Xénophon", "Plutarque",
    "Polybe", "Homère", "Hésiode", "Sappho", "Pindare", "Sophocle", "Euripide", "Eschyle", "Aristophane", "Ménandre",
    "Calliope", "Érato", "Euterpe", "Melpomène", "Polymnie", "Terpsichore", "Thalie", "Uranie", "Apollon", "Artémis",
    "Hermès", "Prométhée", "Pénélope", "Ulysse", "Ariane", "Dédale",
)  # fmt: skip
"""Pseudonyms of coaches beyond the first five."""

FIRST_NAMES = (
    "Camille", "Louis", "Chloé", "Hugo", "Manon", "Jules", "Léa", "Arthur", "Inès", "Gabriel", "Jeanne", "Raphaël",
    "Yasmine", "Mehdi", "Amira", "Youssef", "Nour", "Aziz", "Salma", "Skander", "Eya", "Rayan", "Rim", "Khalil",
    "Sarra", "Anis", "Ines", "Wassim", "Mariem", "Slim", "Margaux", "Théo", "Farah", "Elyes", "Zeineb", "Adam",
)  # fmt: skip

PARENT_NAMES = (
    "Sophie", "Karim", "Nathalie", "Mounir", "Leïla", "Philippe", "Sonia", "Olivier", "Hela", "Nizar", "Isabelle",
    "Tarek", "Olfa", "Laurent", "Samia", "Hichem", "Claire", "Walid", "Rania", "Vincent", "Dorra", "Fethi",
)  # fmt: skip

LAST_NAMES = (
    "Ben Salah", "Trabelsi", "Martin", "Gharbi", "Dubois", "Chaabane", "Moreau", "Jaziri", "Lefèvre", "Mansouri",
    "Bouazizi", "Garnier", "Ayari", "Roux", "Hammami", "Mercier", "Ben Youssef", "Khelifi", "Fontaine", "Sassi",
    "Belhadj", "Lambert", "Karoui", "Girard", "Zouari", "Chevalier", "Mabrouk", "Perrin", "Ferchichi", "Renard",
    "Ben Amor", "Rousseau", "Driss", "Colin", "Baccouche", "Marchand", "Haddad", "Noël", "Cherif", "Aubert",
)  # fmt: skip

CITIES = ("Tunis", "La Marsa", "Carthage", "Ariana", "Sousse", "Sfax", "Bizerte", "Nabeul")
STREETS = ("avenue Habib Bourguiba", "rue de Marseille", "rue du Lac Léman", "avenue de la Liberté", "rue Ibn Khaldoun")

SCHOOLS = (
    "Lycée Pierre Mendès France",
    "Lycée Gustave Flaubert",
    "Lycée pilote Bourguiba",
    "École René Descartes",
    "Lycée Louis Pasteur",
)

GRADES = ("Troisième", "Seconde", "Première", "Terminale")
"""School years, each one year older than the one before; the first is that of fourteen-year-olds."""

SUBJECT_NAMES = {
    "MATHEMATIQUES": "Mathématiques",
    "NSI": "Numérique et sciences informatiques",
    "FRANCAIS": "Français",
    "PHILOSOPHIE": "Philosophie",
    "HISTOIRE_GEO": "Histoire-géographie",
    "ANGLAIS": "Anglais",
    "ESPAGNOL": "Espagnol",
    "PHYSIQUE_CHIMIE": "Physique-chimie",
    "SVT": "Sciences de la vie et de la Terre",
    "SES": "Sciences économiques et sociales",
}

TOPICS = {
    "MATHEMATIQUES": ("Dérivation", "Suites numériques", "Probabilités conditionnelles", "Géométrie dans l'espace"),
    "NSI": ("Récursivité", "Bases de données relationnelles", "Arbres binaires", "Protocoles de routage"),
    "FRANCAIS": ("Commentaire composé", "La dissertation", "Les Fleurs du mal", "L'oral du bac"),
    "PHILOSOPHIE": ("La conscience", "La liberté", "L'État et la justice", "La vérité"),
    "HISTOIRE_GEO": ("La guerre froide", "La décolonisation", "La mondialisation", "Mers et océans"),
    "ANGLAIS": ("Prétérit et present perfect", "L'essai argumenté", "Compréhension orale", "Les modaux"),
    "ESPAGNOL": ("Le subjonctif", "Expression écrite", "L'Espagne contemporaine", "Por et para"),
    "PHYSIQUE_CHIMIE": ("Lois de Newton", "Titrages", "Ondes et signaux", "Équilibres chimiques"),
    "SVT": ("Génétique", "Tectonique des plaques", "Système immunitaire", "Climats passés"),
    "SES": ("La croissance", "Le chômage", "La mobilité sociale", "Les marchés"),
}

SUMMARIES = (
    "Bonne séance : les notions sont acquises, reste à gagner en vitesse.",
    "Reprise des bases puis exercices d'application ; la méthode se met en place.",
    "Séance dense. Quelques erreurs de calcul, mais le raisonnement est juste.",
    "Travail sur un sujet d'annales ; la gestion du temps est à revoir.",
    "Très bonne participation, des questions pertinentes.",
)
RECOMMENDATIONS = (
    "Refaire les exercices 3 à 6 sans le corrigé.",
    "Relire la fiche de méthode avant la prochaine séance.",
    "Dix minutes d'entraînement par jour suffisent.",
    "S'exercer à rédiger chaque étape.",
)
FEEDBACKS = ("Très clair, merci !", "J'ai enfin compris.", "Un peu rapide sur la fin.", "Super séance.")
NOTES = ("Préparer le contrôle de vendredi", "Revoir le dernier devoir", "Je bloque sur le chapitre en cours")

BADGES = (
    ("Premiers pas", "Première séance terminée", "ASSIDUITE", "seances >= 1"),
    ("Assidu", "Dix séances terminées", "ASSIDUITE", "seances >= 10"),
    ("Marathonien", "Quarante séances terminées", "ASSIDUITE", "seances >= 40"),
    ("En progrès", "Deux points de moyenne gagnés", "PROGRESSION", "gain >= 2"),
    ("Excellence", "Une moyenne de 16 ou plus", "PROGRESSION", "moyenne >= 16"),
    ("Curieux", "Dix questions posées à ARIA", "CURIOSITE", "questions >= 10"),
    ("Explorateur", "Trois matières travaillées", "CURIOSITE", "matieres >= 3"),
    ("Noctambule", "Une question posée après 22 heures", "CURIOSITE", "heure >= 22"),
)
"""Name, description, category and condition of the badges."""

QUESTIONS = (
    ("Peux-tu m'expliquer cette notion avec un exemple ?", "Bien sûr. Commençons par un cas simple, pas à pas."),
    ("Comment savoir quelle méthode choisir ?", "Regarde d'abord ce qui est demandé, puis ce que tu connais déjà."),
    ("Est-ce que mon raisonnement est juste ?", "Presque : la deuxième étape mérite une justification."),
    ("As-tu un exercice pour m'entraîner ?", "Voici un exercice progressif, en trois questions."),
)
"""What students ask ARIA, and what she answers."""

LETTERS = (
    ("Bonjour, comment s'est passée la dernière séance ?", "Très bien, le compte rendu est en ligne."),
    ("Pourrait-on déplacer la séance de samedi ?", "Oui, je vous propose 14 heures."),
    ("Merci pour votre patience.", "C'est un plaisir de travailler ensemble."),
)
"""What parents write to coaches, and what they answer."""

PLANS = (("Essentiel", "190.000", 4), ("Hybride", "450.000", 8), ("Immersion", "750.000", 12))
"""Name, price in TND per month and credits per month of the plans."""
