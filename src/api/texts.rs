//! Sealed values in an answer become text, or the reason why not.

use serde_json::{Map, Value, json};

use super::Problem;
use crate::access::Sight;
use crate::guichet::Guichet;
use crate::vault::{Opened, open_all};

/// An answer with its texts opened for somebody who may read them, and withheld from others.
///
/// The answer is written before anything is waited for, so that it need not be shareable.
pub(super) fn opened<'g, T: serde::Serialize>(
    guichet: &'g Guichet,
    sight: Sight,
    answer: &T,
) -> impl Future<Output = Result<Value, Problem>> + Send + use<'g, T> {
    let value = serde_json::to_value(answer);
    async move {
        let value = value.map_err(|error| {
            tracing::error!(%error, "an answer can't be written");
            Problem::internal()
        })?;
        open(guichet, sight, value).await
    }
}

async fn open(guichet: &Guichet, sight: Sight, mut value: Value) -> Result<Value, Problem> {
    let mut sealed = Vec::new();
    collect(&value, &mut sealed);
    if sealed.is_empty() {
        return Ok(value);
    }
    if sight < Sight::Whole {
        replace(&mut value, &|_| json!({ "withheld": true }));
        return Ok(value);
    }
    let texts = open_all(&**guichet.store(), &guichet.vault, &sealed).await.map_err(|error| {
        tracing::error!(%error, "a sealed text can't be opened");
        Problem::internal()
    })?;
    replace(&mut value, &|sealed| match texts.get(&sealed.blob) {
        Some(Opened::Text(text)) => json!(text.as_str()),
        Some(Opened::Erased) | None => json!({ "erased": true }),
    });
    Ok(value)
}

fn as_sealed(map: &Map<String, Value>) -> Option<events::Sealed> {
    let sealed = map.len() == 2 && map.contains_key("blob") && map.contains_key("digest");
    let text = |name: &str| map.get(name).and_then(Value::as_str);
    if !sealed {
        return None;
    }
    Some(events::Sealed {
        blob: text("blob")?.parse().ok()?,
        digest: text("digest")?.parse().ok()?,
    })
}

fn collect(value: &Value, found: &mut Vec<events::Sealed>) {
    match value {
        Value::Object(map) => match as_sealed(map) {
            Some(sealed) => found.push(sealed),
            None => map.values().for_each(|value| collect(value, found)),
        },
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn replace(value: &mut Value, by: &dyn Fn(&events::Sealed) -> Value) {
    match value {
        Value::Object(map) => match as_sealed(map) {
            Some(sealed) => *value = by(&sealed),
            None => map.values_mut().for_each(|value| replace(value, by)),
        },
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, by)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
