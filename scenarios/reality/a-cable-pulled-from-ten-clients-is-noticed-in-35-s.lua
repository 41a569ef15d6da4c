-- Ten clients whose cable is pulled are gone from their server's store within 33 seconds, and from the others' 1.2
-- later. They are idle for 20 s, the ejector checks every 3 s and waits 5 s for its probe, in batches 8 s apart. With
-- --set elsewhere=true only the way to their server is cut: all are on another one before it notices.
local bounds = require "bounds"
local twin = require "twin"

return scenario {
  params = { elsewhere = false },
  topology = function() return twin.topology() end,
  must_see = { "client.ejected" },
  story = function(w, p)
    local a, b, c = w:nodes()
    local ten = twin.ten(w, a, function() return between(s(0), s(0.3)) end)
    for _, k in ipairs(ten) do expect(k:register { service = "svc" }, "refused") end
    wait(between(s(8), s(13)))
    step "the cable is pulled"
    local cut, measures = now(), {}
    for i, k in ipairs(ten) do
      measures[#measures + 1] = twin.follow(w, "list.c" .. i, function(n) return not twin.listed(n, 8000 + i) end)
      measures[#measures + 1] = twin.follow(w, "gone.c" .. i, function(n) return not n:knows(k) end)
    end
    w:cut(ten, p.elsewhere and a or { a, b, c })
    wait(bounds.silent_death + s(2))
    if not p.elsewhere then expect(w:none_knows(ten), "one of them is stored still") end
    for _, done in ipairs(measures) do done(cut) end
    if p.elsewhere then expect(w:all_know(ten), "one of them is not stored everywhere") end
  end,
}
