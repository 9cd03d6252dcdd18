-- Nothing here is readable personal data: ops hold it sealed, keys are wrapped.
--
-- Written once for both databases: the words in braces are their types. Every key begins with the town, so that each
-- table can be spread over servers by it; what belongs to the whole district has an empty town. The last column of every
-- row is a sum over the others.

CREATE TABLE town (
    town           {text} NOT NULL PRIMARY KEY,
    -- how often devices have been shut out: data keys are made anew after each time
    key_generation {int} NOT NULL,
    made_at_ms     {int} NOT NULL,
    sum            {blob} NOT NULL
){table};

-- One-time codes, of which only the hash is kept.
CREATE TABLE enrol_code (
    town          {text} NOT NULL,
    hash          {blob} NOT NULL,
    label         {text} NOT NULL,
    -- granted scopes, separated by blanks
    scopes        {text} NOT NULL,
    made_at_ms    {int} NOT NULL,
    expires_at_ms {int} NOT NULL,
    used_at_ms    {int},
    used_by       {blob},
    sum           {blob} NOT NULL,
    PRIMARY KEY (town, hash)
){table};

-- somebody who names the wrong town is told so
CREATE INDEX enrol_code_hash ON enrol_code (hash);

CREATE TABLE device (
    town                 {text} NOT NULL,
    id                   {blob} NOT NULL,
    label                {text} NOT NULL,
    scopes               {text} NOT NULL,
    sign_key             {blob} NOT NULL,
    seal_key             {blob} NOT NULL,
    epoch                {int} NOT NULL,
    token_hash           {blob} NOT NULL,
    enrolled_at_ms       {int} NOT NULL,
    revoked_at_ms        {int},
    contact_at_ms        {int},
    forked_at_ms         {int},
    -- what it said of itself last
    program              {text},
    pending_ops          {int},
    oldest_pending_at_ms {int},
    sum                  {blob} NOT NULL,
    PRIMARY KEY (town, id)
){table};

CREATE INDEX device_token ON device (token_hash);

-- The row whose lock orders the ops of a scope.
CREATE TABLE scope (
    town     {text} NOT NULL,
    code     {text} NOT NULL,
    next_seq {int} NOT NULL,
    -- right edge of the tree over the scope's ops
    peaks    {blob} NOT NULL,
    sum      {blob} NOT NULL,
    PRIMARY KEY (town, code)
){table};

-- Every op that a device ever sent, at its place in the device's chain. A rejected op keeps its place and its bytes but
-- has no place in a scope.
CREATE TABLE op (
    town           {text} NOT NULL,
    device         {blob} NOT NULL,
    epoch          {int} NOT NULL,
    seq            {int} NOT NULL,
    hash           {blob} NOT NULL,
    id             {blob},
    scope          {text},
    server_seq     {int},
    issue          {text},
    reject_code    {text},
    received_at_ms {int} NOT NULL,
    -- 1 when the bytes no longer fit the hash and are asked back from whoever has them
    damaged        {int} NOT NULL,
    bytes          {blob} NOT NULL,
    sum            {blob} NOT NULL,
    CHECK ((server_seq IS NULL) = (scope IS NULL)),
    CHECK ((server_seq IS NULL) = (reject_code IS NOT NULL)),
    PRIMARY KEY (town, device, epoch, seq)
){rows};

CREATE UNIQUE INDEX op_order ON op (town, scope, server_seq) WHERE server_seq IS NOT NULL;
CREATE UNIQUE INDEX op_id ON op (town, id) WHERE server_seq IS NOT NULL;
-- an unreadable op is found again by its hash, and a person looks through the refused ones
CREATE INDEX op_rejected ON op (town, device, epoch, hash) WHERE server_seq IS NULL;
CREATE INDEX op_issue ON op (town, scope, server_seq) WHERE issue IS NOT NULL;
CREATE INDEX op_damaged ON op (town, scope, server_seq) WHERE damaged = 1;

-- Roots of whole subtrees of 2^level ops, at a few levels. The others are computed from these and from the ops' hashes.
CREATE TABLE merkle_node (
    town  {text} NOT NULL,
    scope {text} NOT NULL,
    level {int} NOT NULL,
    idx   {int} NOT NULL,
    hash  {blob} NOT NULL,
    sum   {blob} NOT NULL,
    PRIMARY KEY (town, scope, level, idx)
){table};

-- The author's signature over the last op of each batch. It covers all before it.
CREATE TABLE chain_head (
    town      {text} NOT NULL,
    device    {blob} NOT NULL,
    epoch     {int} NOT NULL,
    seq       {int} NOT NULL,
    alg       {text} NOT NULL,
    signature {blob} NOT NULL,
    sum       {blob} NOT NULL,
    PRIMARY KEY (town, device, epoch, seq)
){table};

-- Wrapped person keys, of which the district can open none. Each lies in the lane of its scope, at the place of its last
-- change.
CREATE TABLE person_key (
    town       {text} NOT NULL,
    subject    {blob} NOT NULL,
    scope      {text} NOT NULL,
    data_key   {blob} NOT NULL,
    generation {int} NOT NULL,
    wrapped    {blob} NOT NULL,
    tombstone  {int} NOT NULL,
    key_seq    {int} NOT NULL,
    sum        {blob} NOT NULL,
    PRIMARY KEY (town, subject)
){table};

CREATE UNIQUE INDEX person_key_order ON person_key (town, scope, key_seq);

-- Where a lane ends, and its name there.
CREATE TABLE key_lane (
    town     {text} NOT NULL,
    scope    {text} NOT NULL,
    next_seq {int} NOT NULL,
    chain    {blob} NOT NULL,
    sum      {blob} NOT NULL,
    PRIMARY KEY (town, scope)
){table};

-- The name of a lane at each place where it has been: hashes, nothing of a row that has moved on or was destroyed.
CREATE TABLE key_place (
    town    {text} NOT NULL,
    scope   {text} NOT NULL,
    key_seq {int} NOT NULL,
    chain   {blob} NOT NULL,
    sum     {blob} NOT NULL,
    PRIMARY KEY (town, scope, key_seq)
){table};

-- Data keys wrapped from device to device, as long as the receiver does not say that it holds them.
CREATE TABLE key_grant (
    town        {text} NOT NULL,
    for_device  {blob} NOT NULL,
    data_key    {blob} NOT NULL,
    from_device {blob} NOT NULL,
    wrapped     {blob} NOT NULL,
    at_ms       {int} NOT NULL,
    sum         {blob} NOT NULL,
    PRIMARY KEY (town, for_device, data_key, from_device)
){table};

-- Data keys that devices say they hold.
CREATE TABLE key_held (
    town     {text} NOT NULL,
    device   {blob} NOT NULL,
    data_key {blob} NOT NULL,
    lacked   {int} NOT NULL,
    sum      {blob} NOT NULL,
    PRIMARY KEY (town, device, data_key)
){table};

-- What towns released about their brands after their own confidentiality review: the only texts here that can be read.
CREATE TABLE brand_sheet (
    town           {text} NOT NULL PRIMARY KEY,
    -- place of the release in the town's scope, of which the last one counts
    server_seq     {int} NOT NULL,
    released_at_ms {int} NOT NULL,
    sheet          {blob} NOT NULL,
    sum            {blob} NOT NULL
){table};

-- Packages that were reviewed: of two reviews of one package the first holds, here as in the town.
CREATE TABLE handover_review (
    town     {text} NOT NULL,
    handover {blob} NOT NULL,
    sum      {blob} NOT NULL,
    PRIMARY KEY (town, handover)
){table};

-- Who may spend in a scope while offline: one device at most.
CREATE TABLE right_holder (
    town     {text} NOT NULL,
    scope    {text} NOT NULL,
    device   {blob} NOT NULL,
    since_ms {int} NOT NULL,
    sum      {blob} NOT NULL,
    PRIMARY KEY (town, scope)
){table};

CREATE TABLE right_want (
    town     {text} NOT NULL,
    scope    {text} NOT NULL,
    device   {blob} NOT NULL,
    since_ms {int} NOT NULL,
    sum      {blob} NOT NULL,
    PRIMARY KEY (town, scope, device)
){table};

-- Sealed attachments and pieces of snapshots.
CREATE TABLE blob (
    town          {text} NOT NULL,
    id            {blob} NOT NULL,
    scope         {text} NOT NULL,
    total_bytes   {int} NOT NULL,
    sealed_hash   {blob} NOT NULL,
    have_bytes    {int} NOT NULL,
    done          {int} NOT NULL,
    device        {blob} NOT NULL,
    changed_at_ms {int} NOT NULL,
    sum           {blob} NOT NULL,
    PRIMARY KEY (town, id)
){table};

CREATE TABLE blob_piece (
    town  {text} NOT NULL,
    blob  {blob} NOT NULL,
    -- first byte of the piece
    place {int} NOT NULL,
    bytes {blob} NOT NULL,
    sum   {blob} NOT NULL,
    PRIMARY KEY (town, blob, place)
){rows};

CREATE TABLE snapshot (
    town           {text} NOT NULL,
    id             {blob} NOT NULL,
    received_at_ms {int} NOT NULL,
    device         {blob} NOT NULL,
    -- the scopes that it covers, separated by blanks
    scopes         {text} NOT NULL,
    manifest       {blob} NOT NULL,
    alg            {text} NOT NULL,
    signature      {blob} NOT NULL,
    sum            {blob} NOT NULL,
    PRIMARY KEY (town, id)
){rows};

-- What a device had when it last sent a bundle: the next bundle for it begins there.
CREATE TABLE bundle_vector (
    town           {text} NOT NULL,
    device         {blob} NOT NULL,
    received_at_ms {int} NOT NULL,
    vector         {blob} NOT NULL,
    sum            {blob} NOT NULL,
    PRIMARY KEY (town, device)
){table};

-- What the district gives to all its towns, every version.
CREATE TABLE published (
    town            {text} NOT NULL,
    kind            {text} NOT NULL,
    version         {int} NOT NULL,
    bytes           {blob} NOT NULL,
    published_at_ms {int} NOT NULL,
    published_by    {text} NOT NULL,
    alg             {text} NOT NULL,
    signature       {blob} NOT NULL,
    sum             {blob} NOT NULL,
    PRIMARY KEY (town, kind, version)
){rows};
