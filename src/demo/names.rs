//! Invented people: names from everyday lists, put together by chance, and addresses that nobody
//! can have (RFC 2606).

use std::collections::HashSet;

use events::Language;

use super::dice::Dice;

const FIRST_FR_F: &[&str] = &[
    "Adèle", "Agathe", "Alice", "Amandine", "Anaïs", "Anne-Sophie", "Apolline", "Aurélie",
    "Bénédicte", "Blandine", "Camille", "Capucine", "Caroline", "Cécile", "Célia", "Chloé",
    "Claire", "Clémence", "Coralie", "Delphine", "Diane", "Élise", "Éloïse", "Émilie", "Estelle",
    "Eugénie", "Fanny", "Florence", "Gaëlle", "Geneviève", "Hélène", "Héloïse", "Inès", "Isabelle",
    "Jeanne", "Joséphine", "Judith", "Julie", "Juliette", "Laëtitia", "Laure", "Léa", "Léonie",
    "Louise", "Lucie", "Madeleine", "Manon", "Margaux", "Marianne", "Marie-Laure", "Mathilde",
    "Mélanie", "Myriam", "Noémie", "Océane", "Ophélie", "Pauline", "Perrine", "Raphaëlle",
    "Romane", "Rose", "Sabine", "Salomé", "Sandrine", "Sarah", "Solène", "Stéphanie", "Sylvie",
    "Valentine", "Valérie", "Victoire", "Virginie", "Yaëlle", "Zoé",
];

const FIRST_FR_M: &[&str] = &[
    "Adrien", "Alban", "Alexis", "Anatole", "Antoine", "Armand", "Arnaud", "Aurélien", "Baptiste",
    "Bastien", "Benoît", "Bertrand", "Cédric", "Clément", "Corentin", "Cyril", "Damien", "Didier",
    "Dimitri", "Édouard", "Éric", "Étienne", "Fabien", "Félix", "Florian", "François", "Gabriel",
    "Gaspard", "Gaëtan", "Grégoire", "Guillaume", "Gustave", "Hugo", "Jean-Baptiste", "Jérémie",
    "Jérôme", "Joachim", "Jules", "Julien", "Kévin", "Laurent", "Léon", "Loïc", "Louis", "Lucas",
    "Ludovic", "Marc-Antoine", "Martin", "Mathieu", "Maxime", "Nathan", "Nicolas", "Noé",
    "Octave", "Olivier", "Pascal", "Paul-Henri", "Philippe", "Pierre-Yves", "Quentin", "Raphaël",
    "Régis", "Rémi", "Romain", "Sébastien", "Simon", "Stéphane", "Sylvain", "Théo", "Thibault",
    "Timothée", "Valentin", "Vincent", "Xavier", "Yann",
];

const LAST_FR: &[&str] = &[
    "Abadie", "Allard", "Amiel", "Ancelin", "Arnoux", "Aubert", "Auclair", "Bailly", "Barbier",
    "Baudry", "Bazin", "Beaumont", "Bellanger", "Benoist", "Bérard", "Berthelot", "Besson",
    "Blanchard", "Blondel", "Boisseau", "Bonnefoy", "Bordier", "Bouchet", "Boulanger", "Bourdin",
    "Bréhier", "Briand", "Brossard", "Cadet", "Carlier", "Carpentier", "Castel", "Chabrol",
    "Chapuis", "Charrier", "Chastain", "Chauvin", "Clavel", "Colas", "Collet", "Cormier",
    "Costes", "Coulon", "Courtois", "Couturier", "Crépin", "Dabert", "Dauphin", "Decroix",
    "Delaunay", "Delcourt", "Delorme", "Demange", "Descamps", "Deschamps", "Devaux", "Didier",
    "Doucet", "Dubreuil", "Duchêne", "Dufour", "Dumoulin", "Dupuis", "Durieux", "Duval",
    "Escoffier", "Estève", "Évrard", "Fabre", "Faivre", "Favier", "Ferrand", "Fleury", "Forestier",
    "Fouquet", "Fournel", "Gaillard", "Garnier", "Gaudin", "Gauthier", "Georget", "Gervais",
    "Gilbert", "Girault", "Godard", "Gosselin", "Goujon", "Granger", "Grimaud", "Guérin",
    "Guichard", "Guillot", "Hamelin", "Hardouin", "Hébert", "Hervieu", "Huet", "Humbert", "Imbert",
    "Jacquemin", "Jaillet", "Jamet", "Jarry", "Joubert", "Jourdain", "Juillard", "Labbé",
    "Lacombe", "Lacroix", "Laffont", "Lagarde", "Lambert", "Landry", "Langlois", "Laporte",
    "Lartigue", "Lavigne", "Le Bihan", "Le Goff", "Lebrun", "Leclercq", "Lefèvre", "Legendre",
    "Lemoine", "Lenoir", "Leroux", "Levasseur", "Lhermitte", "Loiseau", "Lombard", "Maillard",
    "Malherbe", "Marchal", "Maréchal", "Marquet", "Masson", "Mathis", "Maury", "Mercier",
    "Meunier", "Michaud", "Monnier", "Montagne", "Moreau", "Morvan", "Navarre", "Nicolet",
    "Noblet", "Ollivier", "Orsini", "Pasquier", "Patry", "Pelletier", "Perrault", "Picard",
    "Pichon", "Poirier", "Pommier", "Poulain", "Prévost", "Prigent", "Quéré", "Rambaud", "Renaud",
    "Ribault", "Rivière", "Robin", "Roussel", "Roux", "Royer", "Sabatier", "Salmon", "Sauvage",
    "Savary", "Schmitt", "Séguin", "Serre", "Sorel", "Tanguy", "Tessier", "Thévenin", "Tissot",
    "Toussaint", "Tricot", "Vallet", "Vasseur", "Verdier", "Vernet", "Vialle", "Viard", "Vidal",
    "Vigneron", "Villard", "Voisin", "Weber", "Yvon",
];

const FIRST_WORLD: &[&str] = &[
    "Aisha", "Akira", "Aleksandra", "Alejandro", "Amira", "Ana", "Anders", "Andrea", "Aneta",
    "Anjali", "Arjun", "Astrid", "Beatriz", "Björn", "Carlos", "Chiara", "Chinedu", "Daniela",
    "Davide", "Deepika", "Dilek", "Dmitri", "Elena", "Emeka", "Emre", "Erika", "Fatima", "Federico",
    "Francesca", "Giulia", "Gonçalo", "Hannah", "Haruki", "Hiba", "Ingrid", "Ioana", "Isabel",
    "Ivan", "James", "Javier", "Joana", "Johanna", "Jonas", "Karim", "Katarzyna", "Keiko",
    "Khadija", "Lars", "Leila", "Linh", "Lorenzo", "Lukas", "Magnus", "Mahmoud", "Malik", "Manuela",
    "Marek", "Maria", "Mei", "Mehdi", "Michael", "Mihai", "Minh", "Mohamed", "Nadia", "Naomi",
    "Nikolaos", "Nour", "Oluwaseun", "Omar", "Paolo", "Patricia", "Pedro", "Priya", "Rachel",
    "Rania", "Ricardo", "Robert", "Rosalía", "Salma", "Sanjay", "Sofia", "Sunita", "Susanne",
    "Tariq", "Tomasz", "Ulrike", "Wei", "William", "Xinyi", "Yasmine", "Youssef", "Yuki", "Zeynep",
];

const LAST_WORLD: &[&str] = &[
    "Abdallah", "Adeyemi", "Agarwal", "Aït Ouali", "Almeida", "Andersson", "Antoniou", "Azoulay",
    "Bakker", "Banerjee", "Baranov", "Barbosa", "Becker", "Belkacem", "Ben Salah", "Bianchi",
    "Boateng", "Brennan", "Cardoso", "Castellanos", "Chang", "Chaudhry", "Cheng", "Chukwu",
    "Costa", "Crawford", "De Luca", "De Vries", "Demir", "Diallo", "Dimitrova", "Dvořák",
    "El Amrani", "Eriksen", "Esposito", "Farouk", "Fernández", "Ferreira", "Fischer", "Fitzgerald",
    "Fontana", "Fraser", "Gallo", "García Vega", "Georgiou", "Gonzalez", "Greco", "Grüber",
    "Haddad", "Hansen", "Hartmann", "Hashimoto", "Hoang", "Hofmann", "Horváth", "Ibrahim",
    "Iliescu", "Iyer", "Jansen", "Jankowski", "Johansson", "Kaminski", "Kapoor", "Keller",
    "Khelifi", "Kim", "Kowalczyk", "Kozlov", "Krüger", "Kuznetsov", "Lahlou", "Larsen", "Leone",
    "Lindqvist", "Lopes", "Mancini", "Marinescu", "Martínez Soler", "Mbaye", "McAllister", "Mendes",
    "Messaoudi", "Moretti", "Nakamura", "Nair", "Navarro", "Nguyen", "Nielsen", "Novak", "O'Connor",
    "Okafor", "Oliveira", "Öztürk", "Papadakis", "Park", "Patel", "Pereira", "Petrov", "Popescu",
    "Rahmani", "Ramos", "Richter", "Rinaldi", "Ruiz", "Said", "Santos", "Schneider", "Sharma",
    "Silva", "Singh", "Sørensen", "Suzuki", "Tahiri", "Takahashi", "Tanaka", "Thompson", "Torres",
    "Tran", "Traoré", "Van Dijk", "Vargas", "Vasilescu", "Virtanen", "Wagner", "Walker", "Wang",
    "Wójcik", "Yamamoto", "Yildiz", "Zhang", "Zieliński",
];

/// Somebody's names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) first: String,
    pub(super) last: String,
    /// The language they are written to in.
    pub(super) language: Language,
    pub(super) woman: bool,
}

impl Name {
    /// First and last name.
    pub(super) fn full(&self) -> String {
        format!("{} {}", self.first, self.last)
    }

    /// The part of an address before the sign.
    pub(super) fn mailbox(&self) -> String {
        format!("{}.{}", slug(&self.first), slug(&self.last))
    }
}

/// Gives each name once, so that two records of one name are there because the story says so.
#[derive(Debug, Default)]
pub(super) struct Names {
    given: HashSet<String>,
}

impl Names {
    /// A name that nobody has.
    pub(super) fn another(&mut self, dice: &mut Dice) -> Name {
        loop {
            let name = thrown(dice);
            if self.given.insert(plain(&name.full())) {
                return name;
            }
        }
    }

    /// Somebody else's last name after a marriage.
    pub(super) fn married(&mut self, dice: &mut Dice, name: &Name) -> Name {
        let last = loop {
            let last = dice.pick(LAST_FR);
            if plain(last) != plain(&name.last) {
                break *last;
            }
        };
        let last = if dice.chance(40) { format!("{}-{last}", name.last) } else { last.to_owned() };
        self.given.insert(plain(&format!("{} {last}", name.first)));
        Name { last, ..name.clone() }
    }
}

fn thrown(dice: &mut Dice) -> Name {
    let woman = dice.chance(48);
    let french = dice.chance(72);
    let first = match (french || dice.chance(15), woman) {
        (true, true) => dice.pick(FIRST_FR_F),
        (true, false) => dice.pick(FIRST_FR_M),
        (false, _) => dice.pick(FIRST_WORLD),
    };
    let last = if french { dice.pick(LAST_FR) } else { dice.pick(LAST_WORLD) };
    let language = if french || dice.chance(35) { Language::Fr } else { Language::En };
    Name { first: (*first).to_owned(), last: (*last).to_owned(), language, woman }
}

/// Without accents, in small letters: as somebody in a hurry types it.
pub(super) fn plain(text: &str) -> String {
    text.chars().flat_map(unaccented).collect::<String>().to_lowercase()
}

/// The same words without their accents.
pub(super) fn without_accents(text: &str) -> String {
    text.chars().flat_map(unaccented).collect()
}

/// For addresses: letters, digits and hyphens only.
pub(super) fn slug(text: &str) -> String {
    let plain = plain(text);
    let words = plain.split(|letter: char| !letter.is_ascii_alphanumeric());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

fn unaccented(letter: char) -> Vec<char> {
    let plain = match letter {
        'à' | 'â' | 'ä' | 'á' | 'ã' => "a",
        'ç' => "c",
        'é' | 'è' | 'ê' | 'ë' => "e",
        'î' | 'ï' | 'í' => "i",
        'ñ' | 'ń' => "n",
        'ô' | 'ö' | 'ó' | 'õ' | 'ø' => "o",
        'ù' | 'û' | 'ü' | 'ú' => "u",
        'ÿ' | 'ý' => "y",
        'ř' => "r",
        'É' | 'È' | 'Ê' => "E",
        'Î' => "I",
        'Ö' | 'Ô' => "O",
        'œ' => "oe",
        'ß' => "ss",
        'ı' => "i",
        other => return vec![other],
    };
    plain.chars().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_has_the_name_of_another() {
        let (mut names, mut dice) = (Names::default(), Dice::of(1, "names"));
        let all: HashSet<String> =
            (0..3000).map(|_| names.another(&mut dice).full()).collect();
        assert_eq!(all.len(), 3000);
    }

    #[test]
    fn addresses_are_plain() {
        let mut dice = Dice::of(2, "names");
        for _ in 0..3000 {
            let mailbox = thrown(&mut dice).mailbox();
            assert!(mailbox.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b)));
        }
        assert_eq!(slug("Jean-Baptiste Aït Ouali"), "jean-baptiste-ait-ouali");
        assert_eq!(without_accents("Hélène Lefèvre"), "Helene Lefevre");
    }
}
