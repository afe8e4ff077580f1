//! Which error category a message belongs to: an operator's pattern first, then the template that is
//! a pure function of the message, then a new category proposed with that template.
use crate::admin::{Deed, Input, Registry, Save, Target, key_number};
use crate::auth::session::digest;

use crate::categorise::{Patterns, Template, clean, template};
use crate::error::{Error, Result};
use chrono::{DateTime, Utc};
use entity::category_example;
use entity::error_category::{Entity, State};
use entity::vocabulary::{Operation, Side};
use sea_orm::{ActiveEnum, DatabaseExecutor, DatabaseTransaction, EntityTrait, Set, Value};
use std::collections::{BTreeMap, HashMap, HashSet};

/// New categories of one run; beyond, messages wait without a category for somebody to look at them.
const NEW_AT_MOST: usize = 1000;
/// Messages whose category is remembered: most failures repeat a text exactly.
const REMEMBERED: usize = 100_000;

/// Where a message belongs.
#[derive(Clone, Debug)]
pub enum Belongs {
    /// To that category.
    To(i64),
    /// To one that is not there yet.
    Nowhere(Box<Template>),
}

/// All categories, in memory: some thousands.
pub struct CategoryBook {
    patterns: Patterns,
    texts: Vec<(i64, i32, String)>,
    templates: HashMap<String, i64>,
    merged: HashMap<i64, i64>,
    sides: HashMap<i64, Side>,
    titles: HashSet<String>,
    remembered: HashMap<(Operation, u64), Option<i64>>,
    made: usize,
}

impl CategoryBook {
    /// Reads all categories.
    ///
    /// # Errors
    /// What the database says.
    pub async fn read(db: &DatabaseExecutor<'_>) -> Result<Self> {
        let mut patterns: Vec<(i64, i32, String)> = Vec::new();
        let mut book = Self {
            patterns: Patterns::default(),
            texts: Vec::new(),
            templates: HashMap::new(),
            merged: HashMap::new(),
            sides: HashMap::new(),
            titles: HashSet::new(),
            remembered: HashMap::new(),
            made: 0,
        };
        for row in Entity::find().all(db).await? {
            if let Some(hash) = row.template_hash {
                book.templates.insert(hash, row.id);
            }
            if let Some(into) = row.merged_into_id {
                book.merged.insert(row.id, into);
            }
            if let Some(side) = row.known_side {
                book.sides.insert(row.id, side);
            }
            if let Some(pattern) = row.pattern.filter(|_| row.state != State::Merged) {
                patterns.push((row.id, row.priority, pattern));
            }
            book.titles.insert(row.title);
        }
        book.set_patterns(patterns);
        Ok(book)
    }

    /// As if a category (0 for one that is yet to be made) had this pattern.
    pub fn pretend(&mut self, category: i64, pattern: Option<&str>, priority: i32) {
        let mut texts = std::mem::take(&mut self.texts);
        texts.retain(|(id, ..)| *id != category);
        texts.extend(pattern.map(|pattern| (category, priority, pattern.to_owned())));
        self.set_patterns(texts);
    }

    /// Replaces the patterns; a broken one is left out, for it must not stop the others.
    fn set_patterns(&mut self, texts: Vec<(i64, i32, String)>) {
        let given: Vec<(i64, i32, &str)> =
            texts.iter().map(|(id, priority, text)| (*id, *priority, text.as_str())).collect();
        self.patterns = Patterns::new(given).unwrap_or_else(|_| {
            tracing::error!("all patterns together become too large, so none is used; shorten some");
            Patterns::default()
        });
        for (category, why) in self.patterns.refused() {
            tracing::warn!(category, why, "the pattern of a category is left out");
        }
        self.texts = texts;
        self.remembered.clear();
    }

    /// Where a message belongs.
    pub fn find(&mut self, operation: Operation, message: &str) -> Belongs {
        let key = (operation, short_hash(message));
        if let Some(Some(id)) = self.remembered.get(&key) {
            return Belongs::To(*id);
        }
        let text = clean(message.as_bytes());
        if let Some(id) = self.patterns.find(&text) {
            return Belongs::To(self.remember(key, id));
        }
        let template = template(&operation.to_value(), &text);
        match self.templates.get(&template.hash) {
            Some(id) => {
                let id = self.after_merges(*id);
                Belongs::To(self.remember(key, id))
            }
            None => Belongs::Nowhere(Box::new(template)),
        }
    }

    fn remember(&mut self, key: (Operation, u64), id: i64) -> i64 {
        if self.remembered.len() < REMEMBERED {
            self.remembered.insert(key, Some(id));
        }
        id
    }

    /// The category that took another's place, and so on; a cycle cannot be saved.
    #[must_use]
    pub fn after_merges(&self, mut id: i64) -> i64 {
        for _ in 0..100 {
            match self.merged.get(&id) {
                Some(into) => id = *into,
                None => break,
            }
        }
        id
    }

    /// The side that an operator said is always at fault.
    #[must_use]
    pub fn known_side(&self, category: i64) -> Option<Side> {
        self.sides.get(&category).copied()
    }

    /// Proposes a category with its template and a first example; `None` if this run made too many.
    ///
    /// # Errors
    /// What the save says.
    pub async fn propose(
        &mut self,
        registry: &Registry,
        txn: &DatabaseTransaction,
        deed: &Deed,
        template: &Template,
        message: &str,
    ) -> Result<Option<i64>> {
        if self.made >= NEW_AT_MOST {
            return Ok(None);
        }
        let resource = registry.table("error_category").ok_or(Error::NotFound)?;
        let title = self.free_title(&template.title);
        let save = Save {
            registry,
            resource,
            deed,
            given: vec![
                ("template", Value::from(template.text.clone())),
                ("template_hash", Value::from(template.hash.clone())),
            ],
        };
        let mut fields = BTreeMap::from([
            ("title", title.clone()),
            ("origin", "mined".to_owned()),
            ("fault_kind", template.fault_kind.to_owned()),
        ]);
        // Patterns of people come first; what was found by itself needs no place in their order.
        fields.insert("priority", "1000".to_owned());
        let input = Input::partial(fields.into_iter().map(|(name, value)| (name.to_owned(), value)));
        let saved = save.run(txn, Target::New, &input).await?;
        let id = key_number(saved.row.key()).ok_or(Error::NotFound)?;
        example(txn, id, message, deed.at).await?;
        self.templates.insert(template.hash.clone(), id);
        self.titles.insert(title);
        self.made += 1;
        Ok(Some(id))
    }

    /// The title itself, or with a number if another category has it.
    fn free_title(&self, title: &str) -> String {
        let title = crate::admin::shorten(title, 190);
        if !self.titles.contains(&title) {
            return title;
        }
        (2..)
            .map(|number| format!("{title} ({number})"))
            .find(|title| !self.titles.contains(title))
            .unwrap_or(title)
    }
}

/// Keeps a message as an example of its category.
async fn example(txn: &DatabaseTransaction, category: i64, message: &str, now: DateTime<Utc>) -> Result<()> {
    let row = category_example::ActiveModel {
        category_id: Set(category),
        message: Set(crate::admin::shorten(message, 4096)),
        message_hash: Set(digest(message)),
        first_seen: Set(now),
        seen_count: Set(1),
        ..Default::default()
    };
    category_example::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

/// First 8 bytes of a text's SHA-256: enough to remember it by.
fn short_hash(text: &str) -> u64 {
    use sha2::{Digest, Sha256};
    let bytes: [u8; 32] = Sha256::digest(text).into();
    u64::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7]])
}
