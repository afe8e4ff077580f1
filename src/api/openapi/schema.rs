//! Schemas (JSON Schema 2020-12) of what goes in and comes out.
use super::super::endpoint::{Answer, Endpoint, Original, Part, Source};
use super::super::query::SHOWN_BY;
use crate::admin::{Kind, Meta, capitalise};
use serde_json::{Map, Value, json};

/// A schema by its name.
pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// `IssuesTransfer`.
pub(super) fn title(endpoint: &Endpoint) -> String {
    endpoint.path.split(['/', '-']).map(capitalise).collect()
}

/// Schemas that all endpoints share.
pub(super) fn common() -> Map<String, Value> {
    let detail = json!({
        "type": "object",
        "required": ["detail"],
        "properties": { "detail": { "type": "string" } },
    });
    let invalid = json!({
        "description": "One sentence as `detail`, or what is wrong by field; `non_field_errors` are about the whole.",
        "type": "object",
        "minProperties": 1,
        "additionalProperties": { "oneOf": [
            { "type": "string" },
            { "type": "array", "minItems": 1, "items": { "type": "string" } },
        ] },
    });
    let description = json!({
        "type": "object",
        "required": ["name", "description", "renders", "parses"],
        "properties": {
            "name": { "type": "string" },
            "description": { "type": "string" },
            "renders": { "type": "array", "items": { "type": "string" } },
            "parses": { "type": "array", "items": { "type": "string" } },
            "actions": { "type": "object" },
        },
    });
    Map::from_iter([
        ("Detail".to_owned(), detail),
        ("Invalid".to_owned(), invalid),
        ("Description".to_owned(), description),
    ])
}

/// Schemas of one endpoint: a row, a page, and what is taken.
pub(super) fn of(endpoint: &Endpoint, meta: &Meta) -> Map<String, Value> {
    let title = title(endpoint);
    let shown = |part: &Part| (part.name.clone(), value(part, meta));
    let names: Vec<&str> = endpoint.parts.iter().map(|part| part.name.as_str()).collect();
    let row = json!({
        "type": "object",
        "description": endpoint.about,
        "required": names,
        "properties": endpoint.parts.iter().map(shown).collect::<Map<_, _>>(),
    });
    let page = json!({
        "type": "object",
        "required": ["count", "next", "previous", "results"],
        "properties": {
            "count": { "type": "integer", "description": "Rows of the whole list; beyond 10,000 up to a minute old." },
            "next": { "type": ["string", "null"] },
            "previous": { "type": ["string", "null"] },
            "results": { "type": "array", "items": reference(&title) },
        },
    });
    Map::from_iter([
        (format!("{title}Input"), input(endpoint, meta, true)),
        (format!("{title}Patch"), input(endpoint, meta, false)),
        (format!("{title}Page"), page),
        (title, row),
    ])
}

fn input(endpoint: &Endpoint, meta: &Meta, whole: bool) -> Value {
    let takes = |part: &&Part| if whole { part.taken.0 || part.taken.1 } else { part.taken.1 };
    let parts: Vec<&Part> = endpoint.parts.iter().filter(takes).collect();
    let properties: Map<String, Value> =
        parts.iter().map(|part| (part.name.clone(), taken(part, meta))).collect();
    let mut schema = json!({ "type": "object", "properties": properties });
    let required: Vec<&str> =
        parts.iter().filter(|part| part.required).map(|part| part.name.as_str()).collect();
    if whole && !required.is_empty() {
        schema["required"] = json!(required);
    }
    if !endpoint.is_original() {
        schema["additionalProperties"] = json!(false);
        // What is only shown may be sent back, and is passed over.
        let shown = endpoint.parts.iter().filter(|part| !takes(part));
        for part in shown {
            schema["properties"][&part.name] =
                json!({ "description": "Only shown; passed over.", "readOnly": true });
        }
    }
    schema
}

fn or_null(kind: &str, nullable: bool) -> Value {
    if nullable { json!([kind, "null"]) } else { json!(kind) }
}

/// A part as it is shown.
fn value(part: &Part, meta: &Meta) -> Value {
    let mut schema = bare(part, meta);
    schema["description"] = json!(part.help);
    schema
}

/// A part as it is taken.
fn taken(part: &Part, meta: &Meta) -> Value {
    let mut schema = value(part, meta);
    if let Some(max) = part.max_length(meta) {
        schema["maxLength"] = json!(max);
    }
    if part.required && schema["type"] == "string" {
        schema["minLength"] = json!(1);
    }
    schema
}

fn bare(part: &Part, meta: &Meta) -> Value {
    let nullable = part.nullable;
    match part.source {
        Source::Spelled(_, words) => {
            let words: Vec<&str> = words.iter().map(|(_, theirs)| *theirs).collect();
            json!({ "type": "string", "enum": words })
        }
        Source::Site(_) | Source::Regex => json!({ "type": "string" }),
        Source::Many(_) => json!({ "type": "array", "items": { "type": "integer", "format": "int64" } }),
        Source::Amount => json!({ "type": "integer", "format": "int64" }),
        Source::Solution(Answer::Propability) => json!({ "type": "number", "minimum": 0, "maximum": 100 }),
        Source::Solution(Answer::Score) => json!({ "type": "boolean" }),
        Source::Solution(Answer::AffectedSite) => {
            json!({ "type": "string", "enum": part.choices(meta).unwrap_or_default() })
        }
        Source::Solution(_) => json!({ "type": or_null("integer", true), "format": "int64" }),
        Source::Field(at) => {
            let field = &meta.fields[at];
            match &field.kind {
                Kind::Text(_) | Kind::LongText(_) => json!({ "type": or_null("string", nullable) }),
                Kind::Integer => json!({ "type": or_null("integer", nullable), "format": "int64" }),
                Kind::Float => json!({ "type": or_null("number", nullable) }),
                Kind::Boolean => json!({ "type": or_null("boolean", nullable) }),
                Kind::Moment => json!({ "type": or_null("string", nullable), "format": "date-time" }),
                Kind::Foreign(_) => json!({ "type": or_null("integer", nullable), "format": "int64" }),
                Kind::Choice(words) => {
                    let mut words: Vec<Value> = words.iter().map(|word| json!(word)).collect();
                    if nullable {
                        words.push(Value::Null);
                    }
                    json!({ "type": or_null("string", nullable), "enum": words })
                }
            }
        }
    }
}

/// Answers by status: what is given, and faults.
pub(super) fn responses(given: &[(&str, Value)], faults: &[&str]) -> Value {
    let content = |schema: &Value| json!({ "application/json": { "schema": schema } });
    let mut all = Map::new();
    for (status, schema) in given {
        let mut answer = json!({ "description": "Done." });
        if !schema.is_null() {
            answer["content"] = content(schema);
        }
        all.insert((*status).to_owned(), answer);
    }
    for status in faults {
        let mut answer = json!({ "description": meaning(status) });
        match *status {
            "400" => answer["content"] = content(&reference("Invalid")),
            _ => answer["content"] = content(&reference("Detail")),
        }
        all.insert((*status).to_owned(), answer);
    }
    all.insert(
        "503".to_owned(),
        json!({ "description": meaning("503"), "content": content(&reference("Detail")) }),
    );
    Value::Object(all)
}

fn meaning(status: &str) -> &'static str {
    match status {
        "400" => "The request makes no sense, or fields are wrong.",
        "401" => "No token, or a wrong one.",
        "403" => "The right is missing.",
        "404" => "There is no such row or page.",
        "406" => "Only JSON and HTML can be had.",
        "409" => "Other rows need it, or somebody else wrote at the same time.",
        "412" => "It is not the version that `If-Match` names.",
        "413" => "The body is too large.",
        "415" => "The body is neither JSON nor a form.",
        "422" => "The values do not fit together.",
        "429" => "Too many wrong tokens; `Retry-After` says when to go on.",
        _ => "The database is away, or the question takes too long.",
    }
}

/// Header that names the version to be changed.
pub(super) fn if_match() -> Value {
    json!({
        "name": "If-Match",
        "in": "header",
        "description": "The `ETag` that was read: a newer version is not overwritten.",
        "schema": { "type": "string" },
    })
}

fn query(name: &str, description: &str, schema: &Value) -> Value {
    json!({ "name": name, "in": "query", "description": description, "schema": schema })
}

/// Parameters of every list.
pub(super) fn paging(sortable: &[String]) -> Vec<Value> {
    let order =
        format!("Names with commas between them, with a minus for largest first: {}.", sortable.join(", "));
    let all = vec![
        query("page", "Page, from 1.", &json!({ "type": "integer", "minimum": 1 })),
        query(
            "page_size",
            "Rows to a page.",
            &json!({ "type": "integer", "minimum": 1, "maximum": 1000, "default": 100 }),
        ),
        query("ordering", &order, &json!({ "type": "string" })),
        query(
            "format",
            "json, whatever the Accept header says.",
            &json!({ "type": "string", "enum": ["json"] }),
        ),
    ];
    debug_assert!(all.iter().all(|one| SHOWN_BY.contains(&one["name"].as_str().unwrap_or_default())));
    all
}

/// Filters of a resource of ours.
pub(super) fn filters(endpoint: &Endpoint, meta: &Meta) -> Vec<Value> {
    let text = json!({ "type": "string" });
    let mut all = Vec::new();
    if !meta.search.is_empty() {
        all.push(query("q", "Words that must all occur; “quoted phrases” as they stand.", &text));
    }
    for at in &meta.filters {
        let field = &meta.fields[*at];
        if endpoint.part_of(*at).is_none() {
            continue;
        }
        let lookups: &[(&str, &str)] = match field.kind {
            Kind::Integer | Kind::Float | Kind::Moment => {
                &[("", "is"), ("__not", "is not"), ("__gte", "is at least"), ("__lt", "is less than")]
            }
            Kind::Text(_) | Kind::LongText(_) => &[
                ("", "is"),
                ("__not", "is not"),
                ("__icontains", "contains"),
                ("__istartswith", "starts with"),
            ],
            _ => &[
                ("", "is"),
                ("__not", "is not"),
                ("__in", "is one of, with commas between them"),
                ("__isnull", "is empty"),
            ],
        };
        for (suffix, words) in lookups {
            all.push(query(&format!("{}{suffix}", field.name), &format!("{} {words}.", field.title), &text));
        }
    }
    all
}

/// Filters that the original had.
pub(super) fn original_filters(original: Original) -> Vec<Value> {
    let text = json!({ "type": "string" });
    let mut all = vec![query("id", "Key.", &json!({ "type": "integer", "format": "int64" }))];
    if matches!(original, Original::Transfers | Original::Workflows) {
        all.push(query("message", "Part of the message, whatever the case.", &text));
        all.push(query("categories", "Keys of categories with commas between them.", &text));
        all.push(query("workflow", "Name of the workflow.", &text));
    }
    all
}

/// What the shift's pages show.
pub(super) fn live() -> Map<String, Value> {
    let get = |id: &str, summary: &str, parameters: Value| {
        json!({ "get": {
            "operationId": id,
            "summary": summary,
            "tags": ["shift"],
            "parameters": parameters,
            "responses": responses(&[("200", json!({ "type": "object" }))], &["400", "401", "403", "404", "406", "429"]),
        } })
    };
    let window = json!([
        query("hours", "Window.", &json!({ "type": "integer", "enum": [1, 4, 24] })),
        query(
            "operation",
            "What is done.",
            &json!({ "type": "string", "enum": ["transfer", "deletion", "staging"] })
        ),
        query("activity", "What for.", &json!({ "type": "string", "maxLength": 64 })),
    ]);
    let id = json!({ "name": "id", "in": "path", "required": true, "schema": { "type": "integer", "format": "int64" } });
    let hours = query("hours", "How far back.", &json!({ "type": "integer", "minimum": 1, "maximum": 2160 }));
    Map::from_iter([
        ("/api/board/".to_owned(), get("board", "What needs action, worst first", window.clone())),
        ("/api/matrix/".to_owned(), get("matrix", "Attempts on every link", window)),
        (
            "/api/issues/{id}/series/".to_owned(),
            get("issue_series", "Failures of an issue by the hour", json!([id.clone(), hours])),
        ),
        (
            "/api/issues/{id}/suggestions/".to_owned(),
            get("issue_suggestions", "What to do about an issue, best first", json!([id])),
        ),
    ])
}

/// Signing in for clients of the original.
pub(super) fn sign_in() -> Map<String, Value> {
    let user = json!({
        "type": "object",
        "required": ["pk", "username", "email", "first_name", "last_name"],
        "properties": {
            "pk": { "type": "integer" },
            "username": { "type": "string" },
            "email": { "type": "string" },
            "first_name": { "type": "string" },
            "last_name": { "type": "string" },
        },
    });
    let signed_in = json!({
        "type": "object",
        "required": ["token", "user"],
        "properties": { "token": { "type": "string" }, "user": user.clone() },
    });
    let body = |properties: Value, required: Value| {
        let schema = json!({ "type": "object", "properties": properties, "required": required });
        json!({ "required": true, "content": { "application/json": { "schema": schema } } })
    };
    let text = json!({ "type": "string" });
    let faults = ["400", "401", "403", "406", "413", "415", "429"];
    let operation = |id: &str, summary: &str, given: Value| json!({ "operationId": id, "summary": summary, "tags": ["sign-in"], "responses": responses(&[("200", given)], &faults) });
    let mut login = operation("login", "Sign in with name and password", signed_in);
    login["requestBody"] =
        body(json!({ "username": text.clone(), "password": text.clone() }), json!(["username", "password"]));
    login["security"] = json!([]);
    let mut cern = operation("cern", "Refused: sign in at /auth/oidc/login/", json!({ "type": "object" }));
    cern["requestBody"] = body(json!({ "code": text.clone(), "access_token": text }), json!([]));
    cern["security"] = json!([]);
    let done = reference("Detail");
    Map::from_iter([
        ("/auth/rest-auth/login/".to_owned(), json!({ "post": login })),
        (
            "/auth/rest-auth/logout/".to_owned(),
            json!({ "post": operation("logout", "Take the token back", done) }),
        ),
        (
            "/auth/rest-auth/user/".to_owned(),
            json!({ "get": operation("user", "Who the token stands for", user) }),
        ),
        ("/auth/rest-auth/cern/".to_owned(), json!({ "post": cern })),
    ])
}
