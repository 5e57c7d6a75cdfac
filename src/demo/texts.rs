//! What people write, in French and English. No text names anybody.

pub(super) mod elsewhere;
pub(super) mod followup;
pub(super) mod second_thoughts;
pub(super) mod selection;

use events::Language;

use super::dice::Dice;

/// Ways to say a thing, in both languages.
pub(super) struct Pool {
    fr: &'static [&'static str],
    en: &'static [&'static str],
}

impl Pool {
    const fn of(fr: &'static [&'static str], en: &'static [&'static str]) -> Self {
        Self { fr, en }
    }

    /// One of them.
    pub(super) fn say(&self, dice: &mut Dice, language: Language) -> &'static str {
        match language {
            Language::Fr => dice.pick::<&str>(self.fr),
            Language::En => dice.pick::<&str>(self.en),
        }
    }

    /// Several different ones.
    pub(super) fn say_some(
        &self,
        dice: &mut Dice,
        language: Language,
        count: usize,
    ) -> Vec<&'static str> {
        let mut all = match language {
            Language::Fr => self.fr.to_vec(),
            Language::En => self.en.to_vec(),
        };
        dice.shuffle(&mut all);
        all.truncate(count);
        all
    }
}

/// One sentence from each pool.
pub(super) fn composed(dice: &mut Dice, language: Language, pools: &[&Pool]) -> String {
    pools.iter().map(|pool| pool.say(dice, language)).collect::<Vec<_>>().join(" ")
}
