//! What goes into a statement and comes out of a row.

use std::borrow::Cow;
use std::str::FromStr;

use crate::store::StoreError;

/// A value of a column or a parameter. Truth values are the integers 0 and 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'a> {
    /// Nothing.
    Null,
    /// 64 bits with sign.
    Int(i64),
    /// Text without the character NUL.
    Text(Cow<'a, str>),
    /// Bytes.
    Blob(Cow<'a, [u8]>),
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<u32> for Value<'_> {
    fn from(number: u32) -> Self {
        Self::Int(i64::from(number))
    }
}

impl From<bool> for Value<'_> {
    fn from(flag: bool) -> Self {
        Self::Int(i64::from(flag))
    }
}

/// Larger numbers than 63 bits cannot come from this program.
impl From<u64> for Value<'_> {
    fn from(number: u64) -> Self {
        Self::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Blob(Cow::Borrowed(bytes))
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Value<'a> {
    fn from(bytes: &'a [u8; N]) -> Self {
        Self::Blob(Cow::Borrowed(bytes))
    }
}

impl<'a> From<&'a Vec<u8>> for Value<'a> {
    fn from(bytes: &'a Vec<u8>) -> Self {
        Self::Blob(Cow::Borrowed(bytes))
    }
}

impl From<Vec<u8>> for Value<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Blob(Cow::Owned(bytes))
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl Value<'_> {
    /// Appends the value so that no two lists of values give the same bytes.
    pub(crate) fn lay_down(&self, into: &mut Vec<u8>) {
        let mut long = |tag: u8, bytes: &[u8]| {
            into.push(tag);
            into.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
            into.extend_from_slice(bytes);
        };
        match self {
            Self::Null => into.push(0),
            Self::Int(number) => {
                into.push(1);
                into.extend_from_slice(&number.to_be_bytes());
            }
            Self::Text(text) => long(2, text.as_bytes()),
            Self::Blob(bytes) => long(3, bytes),
        }
    }
}

/// A row, read from left to right, one call for each column.
#[derive(Debug, Clone)]
pub struct Row {
    cells: std::vec::IntoIter<Value<'static>>,
    /// What a fault of the row is called.
    what: &'static str,
}

impl Row {
    pub(crate) fn new(cells: Vec<Value<'static>>, what: &'static str) -> Self {
        Self { cells: cells.into_iter(), what }
    }

    fn damaged<T>(&self) -> Result<T, StoreError> {
        Err(StoreError::Damaged(self.what))
    }

    fn next(&mut self) -> Value<'static> {
        self.cells.next().unwrap_or(Value::Null)
    }

    /// Whatever the next column holds.
    pub fn value(&mut self) -> Value<'static> {
        self.next()
    }

    /// All columns that were not read yet.
    pub fn rest(self) -> Vec<Value<'static>> {
        self.cells.collect()
    }

    /// An integer.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] for another type; likewise below.
    pub fn int(&mut self) -> Result<i64, StoreError> {
        match self.opt_int()? {
            Some(number) => Ok(number),
            None => self.damaged(),
        }
    }

    /// An integer that is never negative.
    ///
    /// # Errors
    /// See [`Row::int`].
    pub fn uint(&mut self) -> Result<u64, StoreError> {
        let number = self.int()?;
        u64::try_from(number).or_else(|_| self.damaged())
    }

    /// An integer of a narrower type.
    ///
    /// # Errors
    /// See [`Row::int`].
    pub fn narrow<T: TryFrom<i64>>(&mut self) -> Result<T, StoreError> {
        let number = self.int()?;
        T::try_from(number).or_else(|_| self.damaged())
    }

    /// A truth value.
    ///
    /// # Errors
    /// See [`Row::int`].
    pub fn flag(&mut self) -> Result<bool, StoreError> {
        match self.int()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => self.damaged(),
        }
    }

    /// An integer or nothing.
    ///
    /// # Errors
    /// See [`Row::int`].
    pub fn opt_int(&mut self) -> Result<Option<i64>, StoreError> {
        match self.next() {
            Value::Int(number) => Ok(Some(number)),
            Value::Null => Ok(None),
            _ => self.damaged(),
        }
    }

    /// A text.
    ///
    /// # Errors
    /// See [`Row::int`].
    pub fn text(&mut self) -> Result<String, StoreError> {
        match self.opt_text()? {
            Some(text) => Ok(text),
            None => self.damaged(),
        }
    }

    /// A text or nothing.
    ///
    /// # Errors
    /// See [`Row::int`].
    pub fn opt_text(&mut self) -> Result<Option<String>, StoreError> {
        match self.next() {
            Value::Text(text) => Ok(Some(text.into_owned())),
            Value::Null => Ok(None),
            _ => self.damaged(),
        }
    }

    /// A text of a known form.
    ///
    /// # Errors
    /// See [`Row::int`].
    pub fn parsed<T: FromStr>(&mut self) -> Result<T, StoreError> {
        let text = self.text()?;
        text.parse().or_else(|_| self.damaged())
    }

    /// Bytes.
    ///
    /// # Errors
    /// See [`Row::int`].
    pub fn blob(&mut self) -> Result<Vec<u8>, StoreError> {
        match self.opt_blob()? {
            Some(bytes) => Ok(bytes),
            None => self.damaged(),
        }
    }

    /// Bytes or nothing.
    ///
    /// # Errors
    /// See [`Row::int`].
    pub fn opt_blob(&mut self) -> Result<Option<Vec<u8>>, StoreError> {
        match self.next() {
            Value::Blob(bytes) => Ok(Some(bytes.into_owned())),
            Value::Null => Ok(None),
            _ => self.damaged(),
        }
    }

    /// So many bytes.
    ///
    /// # Errors
    /// See [`Row::int`].
    pub fn bytes<const N: usize>(&mut self) -> Result<[u8; N], StoreError> {
        let bytes = self.blob()?;
        bytes.try_into().or_else(|_| self.damaged())
    }
}
