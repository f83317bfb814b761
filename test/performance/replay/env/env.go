// Package env is what the calibrated program and who runs it have to agree on.
package env

// Scripts is the variable that names the file with the scripts.
const Scripts = "SCRIPTS"

// Load is the payload that makes the program read them. Any other plays the next one.
const Load = "load"
