//! The one error that crosses the boundary.

use super::shape;

shape! {
    /// What kind of thing went wrong; stable, for programs.
    #[derive(Copy, PartialEq, Eq)]
    pub enum FaultCode {
        /// The request is not of the command's form.
        BadRequest,
        /// Some rows or fields are wrong: see `rows`.
        Invalid,
        /// Nobody is signed in.
        SignedOut,
        /// The user lacks the duty.
        Forbidden,
        /// Wrong name or password.
        WrongPassword,
        /// Too many wrong passwords, or the screen is locked.
        Locked,
        /// The password is right and a code of the second factor is needed.
        SecondFactor,
        /// The password must be given again first.
        Reauthenticate,
        /// The password must be changed first.
        PasswordDue,
        /// The thing named does not exist.
        NotFound,
        /// The state changed meanwhile.
        Conflict,
        /// A lawfulness rule forbids it.
        Unlawful,
        /// The file cannot be read as what it should be.
        BadFile,
        /// The district or the network answered badly.
        District,
        /// The town's file is damaged or newer than the program.
        Store,
        /// The system refused (disk, rights).
        System,
    }
}

shape! {
    /// One faulty row or field.
    #[derive(Debug)]
    pub struct FaultRow {
        /// Sheet, for imports.
        pub sheet: Option<String>,
        /// Row, from 1.
        pub row: Option<u32>,
        /// The request's field, or the column's title in an import.
        pub field: Option<String>,
        /// What is expected.
        pub message: String,
    }
}

shape! {
    /// A refusal: says what to do next, holds no personal data.
    #[derive(Debug)]
    pub struct Fault {
        /// Kind.
        pub code: FaultCode,
        /// One or two sentences in Chinese.
        pub message: String,
        /// Rows and fields concerned.
        pub rows: Vec<FaultRow>,
    }
}

impl Fault {
    /// A refusal without rows.
    pub fn new(code: FaultCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), rows: Vec::new() }
    }

    /// A refusal of one field.
    pub fn field(field: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            code: FaultCode::Invalid,
            message: message.clone(),
            rows: vec![FaultRow { sheet: None, row: None, field: Some(field.to_owned()), message }],
        }
    }

    /// The same refusal with its rows.
    #[must_use]
    pub fn with_rows(mut self, rows: Vec<FaultRow>) -> Self {
        self.rows = rows;
        self
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}
