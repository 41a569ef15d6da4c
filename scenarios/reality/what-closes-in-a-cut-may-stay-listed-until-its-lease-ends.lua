-- Ten clients whose push a cut swallows close before its heal: some are listed beyond the cut until their lease
-- ends. Closed after the push has timed out, its retry takes the DELETE's place: then a late push is all that can
-- list them (a share of those that were cancelled is applied). Closed before, CHANGE and DELETE arrive together and
-- the pool may swap them. Listed before (--set known=true), with the change lost in the cut, all of them stay.
local bounds = require "bounds"
local twin = require "twin"

return scenario {
  params = { known = false, over = s(0.2), close_at = s(3.3), heal_at = s(4.3) },
  topology = function() return twin.topology() end,
  must_see = { "link.cut", "link.heal", "client.closed" },
  story = function(w, p)
    local a, b, c = w:nodes()
    local ten = twin.ten(w, a, function() return between(s(0), s(0.2)) end)
    if p.known then
      for _, k in ipairs(ten) do expect(k:register { service = "svc" }, "refused") end
    end
    wait(between(s(7), s(9)))
    step "they register, and the push is lost in a cut"
    local began = now()
    for _, k in ipairs(ten) do
      after(between(s(0), p.over), function()
        k:post "register" { service = "svc", metadata = { m = p.known and "1" or "0" } }
      end)
    end
    wait(s(0.8))
    w:cut(a, c)
    wait_until(began + p.close_at)
    step "they close"
    for _, k in ipairs(ten) do k:close() end
    wait_until(began + p.heal_at)
    w:heal()
    wait(s(12))
    expect(#b:instances "svc" == 0, "n2 lists one of them")
    measure("listed", #c:instances "svc")
    measure("records", c:state().clients)
    wait(bounds.lease)
    expect(w:none_knows(ten), "one of them is stored still")
  end,
}
