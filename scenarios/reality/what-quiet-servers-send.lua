-- Three quiet servers send what they owe: a VERIFY per client and peer every 5 s, a report every 2 s, and no more.
-- Beside it, how many bytes a message takes: a VERIFY and its answer, a report, a CHANGE, a snapshot per client.
local twin = require "twin"

return scenario {
  params = { clients = 10, service = "service-of-21-letters" },
  topology = function() return twin.topology() end,
  story = function(w, p)
    local a, b, c = w:nodes()
    local function snapshot()
      local load = w:traffic { from = b, to = a, op = "SNAPSHOT" }
      return load.reply_bytes, load.replies
    end
    step "n2 loads a snapshot of nothing"
    w:restart(b)
    wait(s(4))
    local empty, loads = snapshot()
    for i = 1, p.clients do
      local k = w:client { name = "v" .. i, server = a, ip = "10.128.0.1", port = 8000 + i }
      expect(k:register { service = p.service }, "refused")
    end
    wait(between(s(10), s(15)))
    local function each(op, from, to)
      local traffic = w:traffic { from = from, to = to, op = op }
      measure(op .. ".bytes", traffic.bytes / traffic.messages)
      measure(op .. ".reply", traffic.reply_bytes / traffic.replies)
      return traffic.messages
    end
    local before = w:traffic { from = a, to = b, op = "VERIFY" }.messages
    wait(s(30.5))
    local sent = each("VERIFY", a, b) - before
    local rounds = s(30.5) // setting "nacos.core.protocol.distro.data.verify.intervalMs"
    expect(sent >= rounds * p.clients and sent <= (rounds + 1) * p.clients, "n1 sent " .. sent .. " VERIFY to n2 in 30.5 s")
    measure("VERIFY.messages", sent)
    each("REPORT", a, b)
    each("CHANGE", a, b)
    step "n2 loads a snapshot"
    w:restart(b)
    wait(s(4))
    local all, count = snapshot()
    measure("SNAPSHOT.client", (all - empty / loads * count) / p.clients)
  end,
}
