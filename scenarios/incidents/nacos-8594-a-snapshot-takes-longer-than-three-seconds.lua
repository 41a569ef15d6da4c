-- Above a certain size a restarted server never loads: nacos#8594.
-- Affected: 2.0.0 to 2.1.0; cured in 2.1.1, where load.timeoutMs is 30 s and can be set. A snapshot was an ordinary
-- request, which has 3 s. (The limit on its size stays: nacos#12314.)
local incident = require "incident"

return scenario {
  params   = { clients = 1200, bandwidth = mbit(1) },
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "client.registered" },

  story = function(w, p)
    local a, b, c = w:nodes()
    if setting "distrosim.generation" == 1 then return end
    local fleet = w:fleet { name = "fleet", server = b, clients = p.clients, services = 30, over = s(5) }
    wait(s(30))

    step "a restarts behind a slow link: 750 kB take 6 s"
    for _, n in ipairs { b, c } do w:link(n, a, { bandwidth = p.bandwidth, queue = mib(16) }) end
    w:restart(a)
    local before = b:counters().repairs
    wait(s(170))
    measure("repairs by VERIFY", b:counters().repairs - before)
    expect(a:state().initialised, "a has not loaded")
    expect(a:knows(fleet), "a lacks some")
  end,
}
