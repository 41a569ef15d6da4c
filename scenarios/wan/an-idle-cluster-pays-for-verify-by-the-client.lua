-- A stretched cluster in which nothing happens sends one VERIFY per client and peer every 5 s, for ever.
-- Each owner verifies each of its clients to each peer, in messages of their own: clients x (nodes - 1)
-- every round. A round starts 5 s after the last one ended, so a minute holds twelve, or eleven: 300
-- clients and 5 peers make at most 18,000 messages.
local bounds = require "bounds"

return scenario {
  params   = { clients = 300 },
  topology = {
    sites    = { frankfurt = 2, dallas = 2, tokyo = 2 },
    rtt_from = rtt_table("ibm_regions", { frankfurt = "Frankfurt", dallas = "Dallas", tokyo = "Tokyo" }),
  },
  must_see = { "verify.sent", "verify.ok" },
  always   = { checks.no_lost_instances { grace = s(2), gap = s(0) }, checks.verify_quiet {} },

  story = function(w, p)
    step "a fleet over three regions registers, and everything comes to rest"
    w:fleet { name = "fleet", clients = p.clients, services = 18, spread = "zipf", over = s(5),
              sites = { frankfurt = 1, dallas = 1, tokyo = 1 } }
    wait(s(20))
    expect(w:converged(), "not at rest")

    step "an idle minute"
    local before = w:traffic { op = "VERIFY" }
    local changes = w:traffic { op = "CHANGE" }.messages
    wait(minutes(1))
    local after = w:traffic { op = "VERIFY" }

    local per_round = p.clients * 5
    local sent = after.messages - before.messages
    measure("VERIFY messages in a minute", sent)
    measure("VERIFY bytes in a minute", after.bytes - before.bytes)
    measure("answer bytes in a minute", after.reply_bytes - before.reply_bytes)
    local rounds = minutes(1) / (bounds.round() + ms(50)) -- it takes a moment to send one
    expect(sent >= math.floor(rounds) * per_round and sent <= math.ceil(rounds) * per_round,
           "not " .. math.floor(rounds) .. " rounds, or one more: " .. sent)
    expect(after.failed == before.failed, "a VERIFY failed in quiet")
    expect(w:traffic { op = "CHANGE" }.messages == changes, "a CHANGE was sent although nothing changed")
  end,
}
