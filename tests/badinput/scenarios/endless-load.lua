-- Wrong on purpose.
while true do end
