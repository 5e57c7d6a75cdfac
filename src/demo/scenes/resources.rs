//! Platforms and what can be booked on them: rules, outages, qualifications.

use std::collections::BTreeMap;

use events::{
    CalendarHost, Interval, OfferComponent as Offer, OrganisationKind, OutageId, ResourceClass as Class,
    Stream, Time,
};
use serde_json::{Value, json};

use super::bookings;
use super::people::enter_organisation;
use crate::demo::days;
use crate::demo::ledger::{Habit, Resource};
use crate::demo::story::Story;
use crate::demo::texts::elsewhere as texts;
use crate::demo::world::Order;
use crate::domain::Collection;

/// Something that can be booked, as the script registers it.
struct Thing {
    /// Which of the platforms runs it.
    platform: usize,
    fr: &'static str,
    en: &'static str,
    class: Class,
    component: Offer,
    capacity: u32,
    biosafety: Option<u8>,
    elsewhere: bool,
    qualified: bool,
    habit: Habit,
}

/// On working days, in slots of half an hour, a few hours at a time.
const BENCH: Habit = Habit {
    opens: 8, closes: 20, slot_minutes: 30, min_minutes: 60, max_minutes: 480, lead_days: 1,
    horizon_days: 90, buffer_minutes: 30, cutoff_hours: 48,
};
/// Day and night, whole days at a time.
const LONG: Habit = Habit {
    opens: 0, closes: 24, slot_minutes: 60, min_minutes: 720, max_minutes: 14_400, lead_days: 5,
    horizon_days: 180, buffer_minutes: 60, cutoff_hours: 120,
};
/// Meeting rooms.
const ROOM: Habit = Habit {
    opens: 8, closes: 20, slot_minutes: 15, min_minutes: 30, max_minutes: 600, lead_days: 0,
    horizon_days: 120, buffer_minutes: 0, cutoff_hours: 4,
};
/// Access to data, for weeks.
const ACCESS: Habit = Habit {
    opens: 0, closes: 24, slot_minutes: 60, min_minutes: 10_080, max_minutes: 129_600, lead_days: 10,
    horizon_days: 365, buffer_minutes: 0, cutoff_hours: 240,
};

const PLATFORMS: &[(&str, &str)] = &[
    ("Plateforme de séquençage", "Villejuif"), ("Plateforme d'imagerie cellulaire", "Orsay"),
    ("Plateforme de cytométrie", "Villejuif"), ("Plateforme de protéomique", "Palaiseau"),
    ("Centre d'imagerie du petit animal", "Orsay"), ("Unité de bioproduction", "Évry"),
    ("Centre de ressources biologiques", "Villejuif"), ("Entrepôt de données", "Saclay"),
    ("Centre de calcul", "Saclay"), ("Maison du cluster", "Villejuif"),
];

const fn thing(platform: usize, fr: &'static str, en: &'static str, class: Class) -> Thing {
    let (component, habit) = match class {
        Class::Instrument => (Offer::Technologies, BENCH),
        Class::Room => (Offer::Laboratories, ROOM),
        Class::Service => (Offer::Technologies, LONG),
        Class::Dataset => (Offer::Data, ACCESS),
        Class::SampleCollection => (Offer::Samples, ACCESS),
    };
    Thing {
        platform, fr, en, class, component, capacity: 1, biosafety: None, elsewhere: false,
        qualified: false, habit,
    }
}

const fn autonomous(thing: Thing) -> Thing {
    Thing { qualified: true, ..thing }
}

const fn elsewhere(thing: Thing) -> Thing {
    Thing { elsewhere: true, ..thing }
}

const fn wide(capacity: u32, thing: Thing) -> Thing {
    Thing { capacity, ..thing }
}

const fn safe(level: u8, thing: Thing) -> Thing {
    Thing { biosafety: Some(level), ..thing }
}

/// In an order in which the first five show every class.
fn things() -> Vec<Thing> {
    use Class::{Dataset, Instrument, Room, SampleCollection, Service};
    let infrastructure = |thing| Thing { component: Offer::Infrastructures, ..thing };
    vec![
        safe(2, autonomous(thing(1, "Microscope confocal", "Confocal microscope", Instrument))),
        safe(2, thing(2, "Trieur de cellules", "Cell sorter", Instrument)),
        wide(3, thing(9, "Salle Curie", "Curie room", Room)),
        wide(20, thing(7, "Cohorte de vie réelle", "Real-world cohort", Dataset)),
        elsewhere(safe(2, thing(0, "Séquenceur haut débit", "High-throughput sequencer", Instrument))),
        safe(2, thing(0, "Séquenceur longues lectures", "Long-read sequencer", Instrument)),
        safe(2, thing(0, "Préparateur de librairies", "Library preparation robot", Instrument)),
        thing(0, "Analyse de génome tumoral", "Tumour genome analysis", Service),
        safe(2, thing(0, "Plateau cellule unique", "Single-cell workstation", Instrument)),
        safe(2, autonomous(thing(1, "Microscope à feuillet de lumière", "Light-sheet microscope", Instrument))),
        thing(1, "Microscope électronique", "Electron microscope", Instrument),
        autonomous(thing(1, "Numériseur de lames", "Slide scanner", Instrument)),
        safe(2, thing(1, "Imagerie multiplexée", "Multiplexed imaging", Instrument)),
        safe(2, autonomous(thing(2, "Cytomètre 5 lasers", "Five-laser cytometer", Instrument))),
        safe(2, autonomous(thing(2, "Cytomètre de paillasse A", "Bench cytometer A", Instrument))),
        safe(2, autonomous(thing(2, "Cytomètre de paillasse B", "Bench cytometer B", Instrument))),
        safe(3, thing(2, "Trieur en zone confinée", "Sorter in containment", Instrument)),
        thing(3, "Spectromètre de masse haute résolution", "High-resolution mass spectrometer", Instrument),
        elsewhere(thing(3, "Spectromètre de masse ciblé", "Targeted mass spectrometer", Instrument)),
        thing(3, "Chromatographe préparatif", "Preparative chromatograph", Instrument),
        thing(3, "Analyse protéomique", "Proteomic analysis", Service),
        safe(2, thing(4, "TEP-scanner du petit animal", "Small-animal PET-CT", Instrument)),
        safe(2, thing(4, "IRM 7 teslas", "7-tesla MRI", Instrument)),
        safe(2, thing(4, "Imageur par bioluminescence", "Bioluminescence imager", Instrument)),
        safe(2, thing(4, "Irradiateur de recherche", "Research irradiator", Instrument)),
        infrastructure(thing(5, "Salle blanche de grade B", "Grade B clean room", Service)),
        infrastructure(thing(5, "Bioréacteur de 50 litres", "50-litre bioreactor", Instrument)),
        infrastructure(thing(5, "Remplissage aseptique", "Aseptic filling", Service)),
        infrastructure(thing(5, "Contrôle de libération", "Release testing", Service)),
        wide(10, thing(6, "Tumorothèque", "Tumour bank", SampleCollection)),
        wide(10, thing(6, "Plasmathèque", "Plasma collection", SampleCollection)),
        wide(6, thing(6, "Collection d'organoïdes", "Organoid collection", SampleCollection)),
        safe(2, thing(6, "Extraction d'acides nucléiques", "Nucleic-acid extraction", Instrument)),
        wide(20, thing(7, "Images annotées de pathologie", "Annotated pathology images", Dataset)),
        wide(15, thing(7, "Génomes tumoraux partagés", "Shared tumour genomes", Dataset)),
        wide(8, infrastructure(thing(8, "Grappe de processeurs graphiques", "GPU cluster", Service))),
        wide(4, infrastructure(thing(8, "Environnement sécurisé", "Secure enclave", Service))),
        thing(9, "Salle Becquerel", "Becquerel room", Room),
        thing(9, "Auditorium", "Auditorium", Room),
        wide(6, thing(9, "Paillasses partagées", "Shared benches", Room)),
        safe(2, thing(9, "Laboratoire L2 partagé", "Shared L2 laboratory", Room)),
        thing(9, "Atelier de prototypage", "Prototyping workshop", Instrument),
        autonomous(thing(9, "Imprimante 3D biomédicale", "Biomedical 3D printer", Instrument)),
        thing(4, "Histologie", "Histology", Service),
        thing(3, "Banc de surface plasmonique", "Surface-plasmon bench", Instrument),
    ]
}

/// Registers platforms and resources in the first weeks, and plans what becomes of them.
pub(in crate::demo) fn plan(story: &mut Story) {
    let day = days::working_later(story.plan.from, 8);
    let moment = days::at_work(&mut story.dice, day);
    story.at(moment, |story| {
        let user = story.office.platform[0].user;
        let there = story.ledger.organisations.len();
        for (name, _) in PLATFORMS {
            let mut company = story.companies.another(&mut story.dice, OrganisationKind::Other);
            company.name = company.name.replacen("Plateforme", name, 1);
            enter_organisation(story, user, company, None);
        }
        for (number, thing) in things().into_iter().take(story.plan.resources).enumerate() {
            register(story, there, number, &thing);
        }
        plan_outages(story);
        plan_retirement(story);
    });
}

fn register(story: &mut Story, platforms: usize, number: usize, thing: &Thing) {
    let manager = thing.platform % story.office.platform.len();
    let user = story.office.platform[manager].user;
    let (fr, site) = PLATFORMS[thing.platform];
    let host = if thing.elsewhere { CalendarHost::Platform } else { CalendarHost::Here };
    let body = json!({
        "name_fr": format!("{} ({fr})", thing.fr), "name_en": thing.en,
        "organisation": story.ledger.organisations[platforms + thing.platform].id,
        "class": thing.class, "component": thing.component, "calendar": host, "site": site,
        "capacity": thing.capacity, "biosafety": thing.biosafety,
    });
    let order = Order::new(user, Collection::Resources, "register-resource", body);
    let id = story.world.send(order.keyed(format!("demo-resource-{number}"))).created();
    story.world.send(Order::on(user, Stream::Resource(id), "set-rules", rules(thing)));
    story.ledger.resources.push(Resource {
        id,
        class: thing.class,
        manager,
        capacity: thing.capacity,
        biosafety: thing.biosafety,
        elsewhere: thing.elsewhere,
        qualified: thing.qualified,
        habit: thing.habit,
        retired: false,
        outages: Vec::new(),
        live: Vec::new(),
        users: BTreeMap::new(),
    });
}

fn rules(thing: &Thing) -> Value {
    let habit = &thing.habit;
    let opening: Vec<Value> = if habit.closes == 24 {
        Vec::new()
    } else {
        let hours = |day| {
            json!({ "weekday": day, "from": format!("{:02}:00", habit.opens),
                    "until": format!("{:02}:00", habit.closes) })
        };
        ["mon", "tue", "wed", "thu", "fri"].map(hours).into()
    };
    json!({
        "slot_minutes": habit.slot_minutes, "min_minutes": habit.min_minutes,
        "max_minutes": habit.max_minutes, "lead_minutes": habit.lead_days * 1_440,
        "horizon_days": habit.horizon_days, "buffer_minutes": habit.buffer_minutes,
        "cancellation_cutoff_hours": habit.cutoff_hours, "time_zone": "Europe/Paris",
        "opening": opening, "qualification_needed": thing.qualified,
        "operation": if thing.qualified { "autonomous" } else { "operated" },
    })
}

/// Instruments fail a few times a year, the rest hardly ever.
fn plan_outages(story: &mut Story) {
    let span = (days::day_of(story.plan.until) - story.plan.from).num_days();
    for resource in 0..story.ledger.resources.len() {
        let (low, high) = match story.ledger.resources[resource].class {
            Class::Instrument => (90, 260),
            Class::Service => (160, 420),
            Class::Room | Class::Dataset | Class::SampleCollection => (400, 900),
        };
        let mut after = story.dice.between(40, high);
        while after < span - 10 {
            let day = days::plus(story.plan.from, after);
            let moment = days::at_work(&mut story.dice, day);
            story.at(moment, move |story| outage(story, resource));
            after += story.dice.between(low, high);
        }
    }
}

/// Something breaks now, or work on it is announced for some days from now.
fn outage(story: &mut Story, resource: usize) {
    let known = &story.ledger.resources[resource];
    if known.retired || known.outages.iter().any(|outage| outage.until() > story.world.now) {
        return;
    }
    let (id, manager) = (known.id, story.office.platform[known.manager].user);
    let now = story.world.now;
    let from = if story.dice.chance(45) {
        let day = days::working_later(days::day_of(now), story.dice.between(3, 12));
        days::paris(day, 8, 0)
    } else {
        now.plus(chrono::TimeDelta::minutes(1))
    };
    let open = story.dice.chance(15);
    let hours = story.dice.between(3, if open { 30 } else { 60 });
    let to = from.plus(chrono::TimeDelta::hours(hours));
    let reason = texts::OUTAGE.say(&mut story.dice, events::Language::Fr);
    let mut body = json!({ "from": from, "reason": reason });
    if !open {
        body["to"] = json!(to);
    }
    let order = Order::on(manager, Stream::Resource(id), "declare-outage", body);
    let sent = story.world.send(order);
    let outage: OutageId = sent.created();
    if let Ok(interval) = Interval::new(from, to) {
        story.ledger.resources[resource].outages.push(interval);
    }
    let whole = if open { None } else { Some(to) };
    bookings::displace(story, resource, from, whole);
    // Some outages end before they were to; one without an end is ended by somebody.
    if open || story.dice.chance(35) {
        let early = if open { to } else { from.plus(chrono::TimeDelta::hours(hours * 2 / 3)) };
        story.at(early, move |story| lift(story, resource, outage, early));
    }
}

fn lift(story: &mut Story, resource: usize, outage: OutageId, at: Time) {
    let known = &mut story.ledger.resources[resource];
    if let Some(last) = known.outages.last_mut()
        && let Ok(shorter) = Interval::new(last.from(), at)
    {
        *last = shorter;
    }
    let (id, manager) = (known.id, story.office.platform[known.manager].user);
    let body = json!({ "outage": outage, "at": at });
    story.world.send(Order::on(manager, Stream::Resource(id), "lift-outage", body));
}

/// One old instrument leaves the offer before the end.
fn plan_retirement(story: &mut Story) {
    let Some(resource) = story.ledger.resources.len().checked_sub(2) else { return };
    story.at(days::paris(days::date(2026, 6, 15), 10, 30), move |story| {
        let known = &mut story.ledger.resources[resource];
        known.retired = true;
        let (id, manager) = (known.id, story.office.platform[known.manager].user);
        story.world.send(Order::on(manager, Stream::Resource(id), "retire", json!({})));
        bookings::cancelled_with_the_resource(story, resource);
    });
}
