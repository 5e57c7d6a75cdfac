//! Invented organisations. Their names are put together from syllables, their towns are on no map,
//! their numbers lie where none are given out: none of them is a real one, save by chance.

use std::collections::HashSet;

use events::OrganisationKind;

use super::dice::Dice;
use super::names::slug;

const HEADS: &[&str] = &[
    "Velm", "Quorv", "Tarn", "Ysol", "Brev", "Calv", "Dorn", "Elst", "Fauv", "Ghel", "Hesp", "Ildr",
    "Jorv", "Kerb", "Lusc", "Morv", "Nerv", "Orst", "Pelv", "Ravn", "Selv", "Thyr", "Urv", "Vaud",
    "Wern", "Xild", "Zeph", "Amb", "Bost", "Cyrn", "Drav", "Eld", "Fenn", "Gral", "Hult", "Ister",
];
const TAILS: &[&str] = &[
    "ance", "ora", "ique", "yne", "exa", "iris", "umo", "ethis", "odia", "ellis", "avia", "enza",
    "imo", "othea", "unar", "ysta", "enne", "abel", "orix", "emia",
];
const STARTUP: &[&str] = &[
    "Therapeutics", "Bio", "Oncology", "Diagnostics", "Medtech", "Genomics", "Imaging", "Health",
    "Biosciences", "Cell", "Vision", "Pharma", "Analytics", "Robotics", "Immune", "Labs",
];
const TOWNS: &[&str] = &[
    "Montreval", "Valbrune", "Saint-Orlan", "Hautmorvent", "Clairvigne", "Bellaroche", "Port-Ysel",
    "Granvaux-sur-Orne", "Lormelle", "Chantevent", "Roquebrise", "Villemarne", "Aubeclaire",
    "Saint-Thyrse", "Mornevaux", "Castelvigne", "Brévannes-le-Lac", "Orsigny-les-Bois",
];
const TOWNS_ABROAD: &[(&str, &str)] = &[
    ("Nordhaven", "DK"), ("Steinmark", "DE"), ("Valdoria", "ES"), ("Monteluce", "IT"),
    ("Oakminster", "GB"), ("Brugmeer", "BE"), ("Alpenried", "CH"), ("Lindholm Vik", "SE"),
    ("Portoval", "PT"), ("Waldenburg-am-See", "AT"), ("Haarwijk", "NL"), ("New Ashbury", "US"),
];

/// What the story knows of an organisation that it is about to register.
#[derive(Debug, Clone)]
pub(super) struct Company {
    pub(super) name: String,
    pub(super) kind: OrganisationKind,
    pub(super) country: &'static str,
    pub(super) siren: Option<String>,
    pub(super) ror: Option<String>,
    /// Where its people have their addresses.
    pub(super) domain: String,
}

/// Gives each name and number once.
#[derive(Debug, Default)]
pub(super) struct Companies {
    given: HashSet<String>,
    numbers: u32,
}

impl Companies {
    /// An organisation of a kind that nobody knows yet.
    pub(super) fn another(&mut self, dice: &mut Dice, kind: OrganisationKind) -> Company {
        loop {
            let (name, country) = named(dice, kind);
            if !self.given.insert(slug(&name)) {
                continue;
            }
            self.numbers += 1;
            let french = country == "FR";
            let company = is_company(kind);
            return Company {
                domain: format!("{}.example", slug(&name)),
                name,
                kind,
                country,
                siren: (french && (company || dice.chance(60))).then(|| siren(self.numbers)),
                ror: (!company && dice.chance(70)).then(|| ror(self.numbers)),
            };
        }
    }
}

/// Nine digits with a right check digit. No company's number begins with a zero.
fn siren(number: u32) -> String {
    let stem = format!("0{:07}", (u64::from(number) * 13_577 + 4_021_337) % 10_000_000);
    let sum: u32 = stem
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0') << ((place + 1) % 2);
            if digit > 9 { digit - 9 } else { digit }
        })
        .sum();
    format!("{stem}{}", (10 - sum % 10) % 10)
}

/// ROR's alphabet has no `o`, so that this is nobody's.
fn ror(number: u32) -> String {
    format!("0demo{:04}", number % 10_000)
}

fn is_company(kind: OrganisationKind) -> bool {
    use OrganisationKind as K;
    matches!(
        kind,
        K::Startup | K::Sme | K::MidCap | K::LargeCompany | K::SoleTrader | K::Pharma | K::CroCdmo
    ) || matches!(kind, K::Vc | K::CorporateVc | K::StartupStudio | K::Accelerator)
}

fn named(dice: &mut Dice, kind: OrganisationKind) -> (String, &'static str) {
    use OrganisationKind as K;
    let abroad = |dice: &mut Dice, percent| dice.chance(percent).then(|| *dice.pick(TOWNS_ABROAD));
    let word = format!("{}{}", dice.pick(HEADS), dice.pick(TAILS));
    let town = *dice.pick(TOWNS);
    let at_home = |name: String| (name, "FR");
    let country = |dice: &mut Dice, percent| abroad(dice, percent).map_or("FR", |(_, code)| code);
    match kind {
        K::Startup => {
            let name = format!("{word} {}", dice.pick(STARTUP));
            (name, country(dice, 12))
        }
        K::Sme | K::MidCap => (format!("{word} {}", dice.pick(&["Industries", "Santé", "Systèmes", "Instruments"])), country(dice, 15)),
        K::LargeCompany => (format!("Groupe {word}"), country(dice, 30)),
        K::SoleTrader => at_home(format!("Cabinet {word}")),
        K::CompetitivenessCluster => at_home(format!("Pôle {word} Santé")),
        K::Cluster => at_home(format!("Cluster {word}")),
        K::Biocluster => at_home(format!("Biocluster {word} de {town}")),
        K::Satt => at_home(format!("SATT {word} {town}")),
        K::Tto => match abroad(dice, 25) {
            Some((place, code)) => (format!("{place} {word} Technology Transfer"), code),
            None => at_home(format!("{word} Valorisation {town}")),
        },
        K::Incubator => at_home(format!("Incubateur {word}")),
        K::StartupStudio => at_home(format!("{word} Studio")),
        K::Accelerator => (format!("{word} Accelerator"), country(dice, 30)),
        K::PublicBank => at_home(format!("Caisse publique d'investissement {word}")),
        K::Vc => (format!("{word} {}", dice.pick(&["Capital", "Ventures", "Partners", "Invest"])), country(dice, 35)),
        K::BusinessAngel => at_home(format!("Anges de {town} {word}")),
        K::CorporateVc => (format!("{word} Corporate Ventures"), country(dice, 40)),
        K::Pharma => (format!("Laboratoires {word}"), country(dice, 45)),
        K::CroCdmo => (format!("{word} {}", dice.pick(&["CRO", "CDMO", "Clinical", "Manufacturing"])), country(dice, 40)),
        K::Foundation => at_home(format!("Fondation {word}")),
        K::PatientAssociation => at_home(format!("Association {word} Ensemble")),
        K::University => match abroad(dice, 35) {
            Some((place, code)) => (format!("University of {place} {word}"), code),
            None => at_home(format!("Université {word} de {town}")),
        },
        K::Hospital => match abroad(dice, 20) {
            Some((place, code)) => (format!("{place} {word} University Hospital"), code),
            None => at_home(format!("{} {word} de {town}", dice.pick(&["CHU", "Centre de lutte contre le cancer", "Hôpital"]))),
        },
        K::ResearchOrganisation => match abroad(dice, 25) {
            Some((place, code)) => (format!("{word} Institute, {place}"), code),
            None => at_home(format!("Institut {word}")),
        },
        K::PublicAuthority => at_home(format!("Agence {word}")),
        K::Other => at_home(format!("Plateforme {word}")),
    }
}

#[cfg(test)]
mod tests {
    use events::{Labelled, Siren};

    use super::*;

    #[test]
    fn every_invented_number_has_a_right_check_digit() {
        assert!((0..2000).all(|number| siren(number).parse::<Siren>().is_ok()));
        let all: HashSet<String> = (0..2000).map(siren).collect();
        assert_eq!(all.len(), 2000);
        assert!((0..50).all(|number| ror(number).parse::<events::Ror>().is_ok()));
    }

    #[test]
    fn there_are_enough_names_of_every_kind() {
        let (mut companies, mut dice) = (Companies::default(), Dice::of(1, "companies"));
        for kind in OrganisationKind::ALL {
            for _ in 0..25 {
                let company = companies.another(&mut dice, *kind);
                assert!(company.name.parse::<events::Title>().is_ok());
            }
        }
        for _ in 0..500 {
            companies.another(&mut dice, OrganisationKind::Startup);
        }
    }
}
