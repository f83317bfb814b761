// Package ports is the one definition of the ports of databases, of administration, of
// protocols without encryption, and of high risk. These are defaults: each practice has
// settings that replace them.
package ports

// Ports and ranges of TCP, unless the name says UDP, in order.
var (
	// Administration is how people come into machines: SSH, RDP.
	Administration = []string{"22", "3389"}

	// Databases are those of databases and caches: SQL Server, Oracle, MySQL, PostgreSQL,
	// Redis, Cassandra, Elasticsearch, Memcached, MongoDB with its shards and config servers.
	Databases    = []string{"1433", "1521", "3306", "5432", "6379", "9042", "9200", "11211", "27017/27019"}
	DatabasesUDP = []string{"11211"}

	// Plaintext are those of protocols that send everything in the clear: FTP, Telnet,
	// SMTP, POP3, IMAP, LDAP, the r commands, rsync, VNC; TFTP, SNMP, syslog.
	Plaintext    = []string{"21", "23", "25", "110", "143", "389", "512/514", "873", "5900"}
	PlaintextUDP = []string{"69", "161/162", "389", "514"}

	// Risky are those that are never open to everyone: administration, databases, file
	// shares, and what runs other people's code (Docker, etcd). Of UDP, those that answer
	// with more than they are asked, and those that give a machine away.
	Risky = []string{"20/23", "25", "135/139", "389", "445", "1433", "1521", "2375/2376", "2379", "3306", "3389", "5432", "5900", "6379",
		"9042", "9200", "11211", "27017/27019"}
	RiskyUDP = []string{"17", "19", "69", "111", "123", "135/139", "161", "389", "520", "623", "1434", "1900", "3389", "3702", "5353", "11211"}
)
