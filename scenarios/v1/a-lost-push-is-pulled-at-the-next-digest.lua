-- In 1.x a node that every push to it misses lists a new service with the owner's next digest: 5 s, and a pull.
-- Without digests the owner's own retry brings it: the PUT times out after 10 s, each service waits 5 s and goes
-- through the second stage again.
local bounds = require "bounds"
local v1 = require "v1"

return scenario {
  params   = { digests = true },
  topology = v1.topology(3),
  must_see = { "sync.applied" },
  always   = { checks.view_matches_store {} },

  story = function(w, p)
    local a, b, c = w:nodes()
    wait(between(s(0), s(6)))
    step "pushes to c are lost, digests are not"
    local pushes = w:intercept { to = c, op = "DATUM", nth = p.digests and "all" or 1, action = "drop" }
    local digests = w:intercept { op = "CHECKSUM", nth = "all", action = p.digests and "observe" or "drop" }
    local shop = w:client { name = "shop", server = one_of { a, b } }
    local name
    for i = 1, 99 do
      if not c:owns("DEFAULT_GROUP@@shop-" .. i) then name = "shop-" .. i break end
    end
    shop:register { service = name }
    local opened = now()
    if p.digests then
      eventually(bounds.repair_v1(), function() return c:knows(shop) end, "c pulls it")
      expect(digests:seen() > 0, "no digest was sent")
      expect(c:counters().repairs > 0, "c asked for nothing")
    else
      local retry = s(10) + s(5) + ms(100) + s(1) + ms(100)
      eventually(bounds.push_v1 + retry, function() return c:knows(shop) end, "the retry comes")
      expect(now() - opened > s(10), "it came before the time-out")
    end
    measure("known after", now() - opened)
    pushes:stop()
    digests:stop()
    wait(s(20))
    expect(w:converged(), "the nodes drifted apart")
  end,
}
