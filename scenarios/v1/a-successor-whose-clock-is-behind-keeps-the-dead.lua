-- A server of 1.x whose clock is two minutes behind inherits a dead instance and lists it for two minutes longer.
-- In Nacos: lastBeat is the wall clock of the server that took the beat and crosses the wire in the datum; the next owner
-- compares it with its own (PROTOCOL.md 1.8, ClientBeatCheckTask). A clock that is ahead kills the living likewise.
local bounds = require "bounds"
local services = require "services"
local v1 = require "v1"

return scenario {
  params   = { behind = 120 },
  topology = function(p)
    return v1.topology(2, { clocks = { n2 = { offset = s(-p.behind) } } })
  end,
  must_see = { "client.killed", "member.down", "beat.expired" },

  story = function(w, p)
    local a, b = w:nodes()
    step "a shop of a's dies together with a"
    local shop = w:client { name = "shop", server = a }
    shop:register { service = services.of(a, "shop") }
    eventually(bounds.push_v1, function() return w:all_know(shop) end, "known everywhere")
    wait(between(s(0), s(6)))
    shop:kill()
    w:crash(a)
    local died = now()

    step "b lists it for as long as its clock is behind, and half a minute"
    wait(s(p.behind))
    expect(b:knows(shop), "b's clock did not matter")
    eventually(bounds.expired_v1, function() return not b:knows(shop) end, "b removes it")
    measure("listed after its death", now() - died)
  end,
}
