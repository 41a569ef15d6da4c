-- Scenario 18 of multi-site 5.6 (T-A), at its edge: when VERIFY alone fills the WAN, digests take longer than their time-out of 3 s,
-- answers come too late to count, queues grow, and after 180 s servers drop clients that are alive and well, all of them at once.
-- A thousand clients, three far servers: 600 digests a second of about 200 bytes with their answers are 1 Mbit/s each way; the link has less.
local stretched = require "stretched"

return scenario {
  params   = { rtt = ms(30), clients = 600, bandwidth = kbit(200), queue = mib(4) },
  topology = function(p)
    local made = stretched.topology(p.rtt)
    made.wan.bandwidth, made.wan.queue = p.bandwidth, p.queue
    return made
  end,
  must_see = { "verify.failed", "lease.expired" },
  story = function(w, p)
    w:fleet { name = "east", server = "east", clients = p.clients, services = 10, over = s(20) }
    wait(minutes(6))
    local west = w:metrics { site = "west" }
    measure("live instances that the west does not list, instance time", west.lost)
    expect(west.lost > minutes(1) * p.clients, "nobody alive was dropped")
    local failed = 0
    for _, node in ipairs(w:site "east") do failed = failed + node:counters().verify_failed end
    measure("VERIFY that failed", failed)
  end,
}
