//! What crosses modules, tried from outside: real servers on loopback, the real `App` or the
//! real binary, and a clock that is turned by hand.

mod architecture;
mod cli;
mod crash;
mod daemon;
mod demo;
mod documents;
mod etiquette;
mod explain;
mod feeds;
mod hostile;
mod kill;
mod process;
mod quality;
mod receivers;
mod support;
