package cloud

// openPort is a port that a process of an instance listens on, as the agent of
// Security Center found it.
type openPort struct {
	port                    int
	protocol, bind, process string
}
