//! Requests made from the contract's own schema: for tests that go through every command.

use std::sync::OnceLock;

use serde_json::{Map, Value, json};
use zhenxin_app::contract::json_schema;
use zhenxin_app::{Fault, Kind};
use zhenxin_testkit::pc::Pc;

/// A command as the contract describes it.
pub struct Command {
    pub name: String,
    pub kind: Kind,
    /// `open`, `any`, or the duties of which one is needed.
    pub access: Access,
    request: Value,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Access {
    Open,
    Any,
    Duties(Vec<String>),
}

/// How a request is filled.
pub struct Filling<'f> {
    /// Takes a field's name, gives its text.
    pub text: &'f dyn Fn(&str) -> String,
    /// Every number.
    pub number: u64,
    /// Also the fields that may be absent.
    pub whole: bool,
}

/// Nothing but what a request must have.
pub const LEAST: Filling<'_> = Filling { text: &|_| String::new(), number: 0, whole: false };

fn schema() -> &'static Value {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    SCHEMA.get_or_init(json_schema)
}

/// The whole list.
pub fn commands() -> Vec<Command> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let commands = schema()["commands"].as_array().unwrap().iter().map(|command| Command {
        name: text(&command["name"]),
        kind: if command["kind"] == "ask" { Kind::Ask } else { Kind::Act },
        access: match &command["duties"] {
            Value::String(word) if word == "open" => Access::Open,
            Value::String(word) if word == "any" => Access::Any,
            duties => Access::Duties(duties.as_array().unwrap().iter().map(text).collect()),
        },
        request: command["request"].clone(),
    });
    let commands: Vec<Command> = commands.collect();
    assert!(commands.len() > 30, "the list has shrunk to {}", commands.len());
    commands
}

impl Command {
    /// A request of the right form.
    pub fn request(&self, filling: &Filling<'_>) -> Value {
        fill(&self.request, "", filling)
    }

    /// Names of the request's fields.
    pub fn fields(&self) -> Vec<String> {
        let shape = resolve(&self.request);
        shape["properties"].as_object().map(|fields| fields.keys().cloned().collect()).unwrap_or_default()
    }

    pub fn call(&self, pc: &Pc, request: Value) -> Result<Value, Fault> {
        pc.app().call(self.kind, &self.name, request)
    }
}

fn resolve(schema_part: &Value) -> &Value {
    match schema_part["$ref"].as_str() {
        Some(reference) => &schema()["$defs"][reference.rsplit('/').next().unwrap()],
        None => schema_part,
    }
}

fn fill(part: &Value, field: &str, filling: &Filling<'_>) -> Value {
    let part = resolve(part);
    if let Some(constant) = part.get("const") {
        return constant.clone();
    }
    if let Some(first) = part["enum"].as_array().and_then(|values| values.first()) {
        return first.clone();
    }
    if let Some(choices) = part["oneOf"].as_array().or(part["anyOf"].as_array()) {
        return fill(&choices[0], field, filling);
    }
    let kind = part["type"].as_str().or_else(|| part["type"][0].as_str()).unwrap_or("object");
    match kind {
        "string" => json!((filling.text)(field)),
        "integer" | "number" => json!(filling.number),
        "boolean" => json!(false),
        "array" => json!([fill(&part["items"], field, filling)]),
        "null" => Value::Null,
        _ => {
            let required = part["required"].as_array().cloned().unwrap_or_default();
            let fields = part["properties"].as_object().cloned().unwrap_or_default();
            let kept = fields.iter().filter(|(name, _)| filling.whole || required.contains(&json!(name)));
            Value::Object(kept.map(|(name, of)| (name.clone(), fill(of, name, filling))).collect::<Map<_, _>>())
        }
    }
}
