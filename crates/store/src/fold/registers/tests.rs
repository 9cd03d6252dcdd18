#![allow(clippy::unwrap_used)]
use super::*;

#[test]
fn packing_and_unpacking_are_inverse() {
    let mut registers = Registers::default();
    assert_eq!(Registers::unpack(&registers.pack()), Some(registers));
    registers.set(Field::Name, OpId::from_bytes([1; 16]));
    registers.set(Field::Grid, OpId::from_bytes([2; 16]));
    registers.set(Field::Village, OpId::from_bytes([1; 16]));
    let packed = registers.pack();
    assert_eq!(packed.len(), 8 + 2 * 16);
    assert_eq!(Registers::unpack(&packed), Some(registers));
    assert_eq!(registers.op(Field::Phone), None);
}

#[test]
fn foreign_bytes_are_not_registers() {
    assert_eq!(Registers::unpack(&[0; 7]), None);
    assert_eq!(Registers::unpack(&[0; 8]), None);
    assert_eq!(Registers::unpack(&[0; 25]), None);
}
