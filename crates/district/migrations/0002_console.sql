-- The console: who may sign in, who is signed in, what was done. District-wide rows have an empty town.

CREATE TABLE account (
    town          {text} NOT NULL,
    name          {text} NOT NULL,
    -- admin or viewer
    role          {text} NOT NULL,
    -- argon2id with its cost, salt and output
    password      {text} NOT NULL,
    -- 1 until the person chose a password of their own
    must_change   {int} NOT NULL,
    locked_at_ms  {int},
    made_at_ms    {int} NOT NULL,
    -- when the password was set
    changed_at_ms {int} NOT NULL,
    -- when somebody last changed anything of it
    altered_at_ms {int} NOT NULL,
    signed_in_at_ms {int},
    sum           {blob} NOT NULL,
    PRIMARY KEY (town, name)
){table};

-- How signing in went from an address. The name is what was typed: it need not be an account's.
CREATE TABLE sign_in (
    town          {text} NOT NULL,
    name          {text} NOT NULL,
    address       {text} NOT NULL,
    -- wrong passwords in a row, and until when no further one is looked at
    failed        {int} NOT NULL,
    wait_until_ms {int} NOT NULL,
    tried_at_ms   {int} NOT NULL,
    -- when the password was last right
    right_at_ms   {int},
    sum           {blob} NOT NULL,
    PRIMARY KEY (town, name, address)
){table};

CREATE INDEX sign_in_tried ON sign_in (town, tried_at_ms);

-- Only the hash of the cookie is kept.
CREATE TABLE session (
    town       {text} NOT NULL,
    token_hash {blob} NOT NULL,
    account    {text} NOT NULL,
    made_at_ms {int} NOT NULL,
    seen_at_ms {int} NOT NULL,
    sum        {blob} NOT NULL,
    PRIMARY KEY (town, token_hash)
){table};

-- Acts in the console, only ever added to. Each hash covers the one before it.
CREATE TABLE act (
    town    {text} NOT NULL,
    no      {int} NOT NULL,
    at_ms   {int} NOT NULL,
    account {text} NOT NULL,
    act     {text} NOT NULL,
    about   {text} NOT NULL,
    object  {text} NOT NULL,
    hash    {blob} NOT NULL,
    sum     {blob} NOT NULL,
    PRIMARY KEY (town, no)
){table};

-- The newest act: the row whose lock orders them.
CREATE TABLE act_head (
    town {text} NOT NULL,
    no   {int} NOT NULL,
    hash {blob} NOT NULL,
    sum  {blob} NOT NULL,
    PRIMARY KEY (town)
){table};

-- How far each scope is counted.
CREATE TABLE tally_cursor (
    town       {text} NOT NULL,
    scope      {text} NOT NULL,
    server_seq {int} NOT NULL,
    sum        {blob} NOT NULL,
    PRIMARY KEY (town, scope)
){table};

-- Where each award stands, as far as counting needs it: no resident, no household.
CREATE TABLE tally_award (
    town          {text} NOT NULL,
    scope         {text} NOT NULL,
    award         {blob} NOT NULL,
    state         {int} NOT NULL,
    amount_points {int} NOT NULL,
    effective_on  {int},
    sum           {blob} NOT NULL,
    PRIMARY KEY (town, scope, award)
){table};

-- Transfers that awards posted: an id is used once in a town.
CREATE TABLE tally_transfer (
    town     {text} NOT NULL,
    transfer {blob} NOT NULL,
    sum      {blob} NOT NULL,
    PRIMARY KEY (town, transfer)
){table};

-- Where each service order stands. Persons are ids without a name.
CREATE TABLE tally_order (
    town            {text} NOT NULL,
    scope           {text} NOT NULL,
    service_order   {blob} NOT NULL,
    beneficiary     {blob} NOT NULL,
    payer           {text} NOT NULL,
    planned_min     {int} NOT NULL,
    state           {text} NOT NULL,
    volunteer       {blob},
    signed_in_min   {int},
    signed_out_min  {int},
    volunteer_way   {text},
    beneficiary_way {text},
    credited_min    {int},
    credited_on     {int},
    sum             {blob} NOT NULL,
    PRIMARY KEY (town, scope, service_order)
){table};

CREATE TABLE tally_gift (
    town       {text} NOT NULL,
    scope      {text} NOT NULL,
    gift       {blob} NOT NULL,
    to_reserve {int} NOT NULL,
    amount_min {int} NOT NULL,
    given_on   {int} NOT NULL,
    reversed   {int} NOT NULL,
    sum        {blob} NOT NULL,
    PRIMARY KEY (town, scope, gift)
){table};

-- The figures: units and how often, by month (year x 12 + month - 1) and what is measured.
CREATE TABLE tally_month (
    town    {text} NOT NULL,
    month   {int} NOT NULL,
    measure {text} NOT NULL,
    units   {int} NOT NULL,
    times   {int} NOT NULL,
    sum     {blob} NOT NULL,
    PRIMARY KEY (town, month, measure)
){table};

-- What the console lists of the ops: few of many.
CREATE INDEX op_refused ON op (town, received_at_ms) WHERE server_seq IS NULL;
CREATE INDEX op_with_issue ON op (town, received_at_ms) WHERE issue IS NOT NULL;
