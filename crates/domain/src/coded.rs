//! Enums that are stored and sent by a short code and shown by a Chinese label.

/// Declares an enum whose variants each have a stable code and a Chinese label.
macro_rules! coded_enum {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $( $(#[$variant_meta:meta])* $variant:ident = $code:literal, $label:literal; )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $( $(#[$variant_meta])* $variant, )+
        }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [Self] = &[$( Self::$variant, )+];

            /// The stable code under which the value is stored and sent.
            #[must_use]
            pub const fn as_code(self) -> &'static str {
                match self { $( Self::$variant => $code, )+ }
            }

            /// The value with this code; `None` where no such code is known.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $( $code => Some(Self::$variant), )+ _ => None }
            }

            /// The Chinese word for the screen and for paper.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self { $( Self::$variant => $label, )+ }
            }
        }
    };
}

pub(crate) use coded_enum;
