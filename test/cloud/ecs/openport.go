package ecs

// openPort is a port that a process of an instance listens on, as the agent of
// Security Center found it.
type openPort struct {
	Port                    int
	Protocol, Bind, Process string
}
