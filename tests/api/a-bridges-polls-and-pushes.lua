-- API.md 3: udp of a bridge: true, false (none from another site), "none"; a task's polls of the source end with the task.
local function cluster(name) return { nodes = 1, lan = { rtt = ms(1) } } end

local function bridge(from, to, udp) -- beside the destination, two services
  return { from = from, to = to, kind = "nacos-sync", workers = 1, placement = "destination", udp = udp,
           services = { "shop", "quiet" } }
end

return scenario {
  topology = { clusters = { a = cluster(), b = cluster(), c = cluster() }, wan = { rtt = ms(30) },
               bridges = { bridge("a", "b", true), bridge("a", "c", "none") } },
  must_see = { "bridge.copied", "bridge.stopped" },
  story    = function(w)
    local a, b, c = w:cluster "a", w:cluster "b", w:cluster "c"
    wait(s(20))
    local first = a:client { name = "first" }
    expect(first:register { service = "shop" })
    wait(s(70))
    expect(b:all_know(first) and c:all_know(first), "copied by push, or by a poll")
    local pushed, polled = nil, nil
    local second = a:client { name = "second" }
    wait(between(s(1), s(9)))
    local at = now()
    expect(second:register { service = "shop" })
    eventually(s(3), function() return b:all_know(second) end, "pushes reach the one")
    pushed = now() - at
    local spans = {}
    for _ = 1, 3 do
      local k = a:client()
      wait(between(s(1), s(9)))
      local began = now()
      expect(k:register { service = "shop" })
      eventually(s(14), function() return c:all_know(k) end, "polls reach the other")
      spans[#spans + 1] = now() - began
    end
    local slowest = s(0)
    for _, d in ipairs(spans) do if d > slowest then slowest = d end end
    expect(slowest > pushed, "no push came")

    step "a task is deleted, and its polls of the source end"
    local function asked() return w:traffic { from = "a>b/1", to = "a/n1", op = "QUERY" }.messages end
    w:bridge_task("a>b", "shop", "delete")
    w:bridge_task("a>b", "quiet", "delete")
    wait(s(70))
    local before = asked()
    wait(s(70))
    expect(asked() == before, "it is still polled")
  end,
}
