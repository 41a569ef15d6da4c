-- In 1.x both sides of a cut take writes, take each other's instances for dead, and agree soon after the heal.
-- Owners are sure of themselves again once reports make the members UP; then digests repair what differs, retried
-- pushes come, and an instance that the other side took away comes back by its next beat.
local bounds = require "bounds"
local v1 = require "v1"

return scenario {
  params   = { cut = 50 },
  topology = v1.topology(3),
  must_see = { "link.cut", "member.down", "sync.failed", "sync.retried", "verify.failed" },
  always   = { checks.view_matches_store {}, checks.one_owner {} },

  story = function(w, p)
    local a, b, c = w:nodes()
    local fleet = w:fleet { name = "fleet", clients = 30, services = 12, over = s(2) }
    wait(s(10))
    expect(w:converged(), "before the cut")

    step "a is alone"
    w:partition({ a }, { b, c })
    wait(between(s(0), s(5)))
    local left = w:client { name = "left", server = a }
    local right = w:client { name = "right", server = b }
    left:register { service = "left" }
    right:register { service = "right" }
    wait(s(p.cut))

    step "the network heals"
    w:heal()
    local healed = now()
    eventually(bounds.after_heal_v1(3) + s(5), function() return w:converged() end, "all agree")
    measure("agreed after", now() - healed)
    wait(s(40))
    expect(w:converged(), "the nodes drifted apart")
  end,
}
