//! Returned slips, crediting, slips as paper.

use super::{
    super::{points::LeftOut, shape},
    OrderLine, Payer,
};

shape! {
    /// Numbers read from slips.
    pub struct ResolveOrders {
        /// As typed, at most 500; letters in any case, with or without the dash.
        pub numbers: Vec<String>,
    }
}

shape! {
    /// What a number turned out to be.
    pub struct ResolvedOrder {
        /// As given.
        pub text: String,
        /// The order.
        pub order: Option<OrderLine>,
        /// Why none, or why its slip cannot be entered now.
        pub problem: Option<String>,
    }
}

shape! {
    /// Answers in the order of the request.
    pub struct ResolvedOrders {
        /// One for each number.
        pub lines: Vec<ResolvedOrder>,
    }
}

shape! {
    /// A returned slip. Either `order`, or a new one with beneficiary, service type, day and payer.
    pub struct SlipRow {
        /// Order id.
        pub order: Option<String>,
        /// Who was served, for a slip without an order.
        pub beneficiary: Option<String>,
        /// Service type id, for a slip without an order.
        pub service_type: Option<String>,
        /// Day, for a slip without an order; not in the future.
        pub day: Option<String>,
        /// Who pays, for a slip without an order.
        pub payer: Option<Payer>,
        /// Who served; the order's where absent.
        pub volunteer: Option<String>,
        /// Signed in, `09:05`.
        pub signed_in: String,
        /// Signed out.
        pub signed_out: String,
        /// The volunteer's signature is there.
        pub volunteer_signed: bool,
        /// The beneficiary's signature is there.
        pub beneficiary_signed: bool,
    }
}

shape! {
    /// Enters returned slips.
    pub struct EnterSlips {
        /// Makes a repeated click harmless: a UUID.
        pub request_id: String,
        /// 1–200 slips.
        pub rows: Vec<SlipRow>,
        /// Enter the good ones although others are faulty.
        pub skip_faulty: Option<bool>,
    }
}

shape! {
    /// What was entered.
    pub struct SlipsEntered {
        /// Slips entered.
        pub entered: u32,
        /// Of them confirmed by both, so that they wait for crediting.
        pub confirmed: u32,
        /// Rows that were left out; `resident` is empty.
        pub left_out: Vec<LeftOut>,
    }
}

shape! {
    /// An order that waits for crediting.
    pub struct CreditRow {
        /// The order.
        pub line: OrderLine,
        /// Minutes that it would credit.
        pub credited_min: u32,
        /// How they come about.
        pub calculation: String,
        /// What the volunteer may still be credited this year, after the rows above.
        pub cap_left_min: u32,
        /// Why this user cannot credit it: recusal, cap, consent.
        pub blocked: Option<String>,
        /// Who recorded it last.
        pub recorded_by: String,
    }
}

shape! {
    /// What waits for crediting.
    pub struct CreditQueue {
        /// Oldest first, at most 500.
        pub rows: Vec<CreditRow>,
        /// All that wait.
        pub waiting: u32,
    }
}

shape! {
    /// Credits orders.
    pub struct CreditOrders {
        /// Makes a repeated click harmless: a UUID.
        pub request_id: String,
        /// Order ids, 1–500.
        pub orders: Vec<String>,
    }
}

shape! {
    /// What was credited.
    pub struct OrdersCredited {
        /// Orders.
        pub credited: u32,
        /// Minutes.
        pub minutes: u32,
    }
}

shape! {
    /// Takes a credited order back.
    pub struct ReverseOrder {
        /// Makes a repeated click harmless: a UUID.
        pub request_id: String,
        /// Order id.
        pub order: String,
        /// Why, 1–200 characters.
        pub reason: String,
    }
}

shape! {
    /// Orders whose slips are wanted as PDF, A5, two copies each.
    pub struct SlipsRequest {
        /// Order ids, 1–50.
        pub orders: Vec<String>,
    }
}
