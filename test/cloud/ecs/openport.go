package ecs

// openPort is a port that a process of an instance listens on, as the agent of
// Security Center found it.
type openPort struct {
	Port     int    `yaml:"port"`
	Process  string `yaml:"process"`
	Bind     string `yaml:"bind,omitempty"`     // default 0.0.0.0
	Protocol string `yaml:"protocol,omitempty"` // default tcp
}
