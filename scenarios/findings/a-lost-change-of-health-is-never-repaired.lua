-- One node shows an instance as ill for ever, though it beats and all other nodes show it as healthy.
-- In Nacos: ClientBeatProcessorV2#run and UnhealthyInstanceChecker#changeHealthyStatus push the change but
-- leave the client's revision as it was (PROTOCOL.md 1.6, 6.4). If that one push is lost without its
-- sender noticing, VERIFY compares equal revisions and is content.
-- --set cured=true recalculates the revision (distrosim.revisionOnHealthChange = true; the hash covers
-- health): the next VERIFY repairs it.
local bounds = require "bounds"

return scenario {
  params   = { cured = false, wrong_for = minutes(10) },
  topology = function(p)
    return { nodes = 3, lan = { rtt = between(us(300), ms(5)) }, clients = "nacos-client-1",
             settings = p.cured and { ["distrosim.revisionOnHealthChange"] = true } or {} }
  end,
  must_see = { "beat.late", "beat.recovered", "verify.ok" },
  always   = { checks.no_lost_instances { gap = s(0) } },

  story = function(w, p)
    local nodes = { w:nodes() }
    local function shown(nodes_asked, healthy)
      return function()
        for _, n in ipairs(nodes_asked) do
          local listed = n:stored "shop"
          if #listed ~= 1 or listed[1].healthy ~= healthy then return false end
        end
        return true
      end
    end
    step "a beating client is known everywhere"
    local beater = w:client { name = "beater", server = one_of(nodes) }
    expect(beater:register { service = "shop" }, "it was refused")
    eventually(bounds.push(), shown(nodes, true), "known everywhere, healthy")
    wait(between(s(6), s(12)))
    local owner, others = nil, {}
    for _, n in ipairs(nodes) do
      if n:state().owned == 1 then owner = n else others[#others + 1] = n end
    end
    local misled, well_told = table.unpack(shuffle(others))

    step "it stalls, and is shown ill everywhere"
    beater:pause(s(22))
    eventually(s(15) + s(5) + bounds.push(), shown(nodes, false), "shown ill everywhere")

    step "it goes on; one node answers OK to the push of that, and forgets it"
    local forgotten = w:intercept { from = owner, to = misled, op = "CHANGE",
                                    action = "refuse_apply", reply = "ok" }
    eventually(s(22) + bounds.push(), function()
      return forgotten:seen() == 1 and shown({ owner, well_told }, true)()
    end, "the other two show it healthy")

    if setting "distrosim.revisionOnHealthChange" then
      eventually(bounds.repair() + bounds.push(), shown({ misled }, true), "VERIFY repairs it")
      return
    end
    step "VERIFY is content, for ever"
    local before = owner:counters(misled)
    wait(p.wrong_for)
    local after = owner:counters(misled)
    expect(shown({ misled }, false)(), misled.name .. " came to show it healthy")
    expect(after.verify_mismatch == before.verify_mismatch and after.verify_ok > before.verify_ok,
           "VERIFY noticed something")
    measure("shown ill though healthy for", p.wrong_for)
  end,
}
